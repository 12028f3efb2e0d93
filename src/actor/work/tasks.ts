import { ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import { Deferred } from "../../base/async/deferred.ts";
import { toError } from "../../base/errors.ts";
import { requireName } from "../../base/names.ts";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import { Attribute, AwakeReason } from "../../telemetry/attributes.ts";
import { baseOf, spanOf } from "../../telemetry/context/actor-scope.ts";
import type { TaskSeries } from "../../telemetry/metrics/type-metrics.ts";
import { finishSpan } from "../../telemetry/traces/guarded-spans.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Task } from "../definition/context.ts";
import { sendingContext } from "../delivery/sending-context.ts";
import { type ScopedTask, TaskScope } from "../delivery/task-scope.ts";
import { noteWait, WaitNotes } from "../delivery/wait-note.ts";
import { ABORTED } from "../lifecycle/life-keys.ts";
import { StopRequest } from "../lifecycle/stop-request.ts";

/** Work that runs beside an actor's handlers, in a span that stays open until it settles. */
export class ActorTask implements Task, ScopedTask {
  readonly kind: string;
  readonly startedMs: number;
  /** Actors that wait for `settled`. */
  readonly waits: WaitNotes = new WaitNotes();
  readonly cell: ActorCell;
  #keepsAwake: AwakeReason | undefined = AwakeReason.Task;
  readonly #series: TaskSeries;
  readonly #abort = new AbortController();
  readonly #span: Span | undefined;
  readonly #ownsSpan: boolean;
  readonly #settled: Promise<void>;
  readonly #over = new Deferred<void>();
  /** Whether its end is counted: it has settled, or the actor ended without waiting for it. */
  #closed = false;
  #released = false;

  constructor(cell: ActorCell, kind: string, work: (signal: AbortSignal) => unknown) {
    requireName("task kind", kind);
    this.kind = kind;
    this.cell = cell;
    this.#series = cell.type.metrics.task(kind);
    this.#series.active.add(1);
    const { system } = cell.type;
    const { clock, tracing } = system;
    this.startedMs = clock.monotonicMs();
    const active = sendingContext(system);
    const parent = active === ROOT_CONTEXT ? undefined : spanOf(active);
    const base = baseOf(active);
    this.#span = tracing.openOwn(`${cell.actorType} task ${kind}`, cell, base, parent, {
      attributes: { [Attribute.TaskKind]: kind },
    });
    this.#ownsSpan = this.#span !== parent;
    const scope = new TaskScope(base, this.#span, this);
    // Added before it runs, because its first statements may end the actor and thereby its tasks.
    cell.ensureExtras().tasks.add(this);
    if (cell.life[ABORTED] || cell.stopRequest === StopRequest.Closing) this.cancel();
    const { running } = system;
    system.running = undefined; // a task is not the handler that spawns it, so it may ask its actor
    this.#settled = system.dispatcher.frame.enter(
      scope,
      (begun) => this.#run(begun),
      work,
      undefined,
      undefined,
    );
    system.running = running;
  }

  get settled(): Promise<void> {
    if (!this.#closed) this.waits.add(noteWait(this.cell));
    return this.#settled;
  }

  /** Resolves when the task no longer has to be waited for: it has settled or been abandoned. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Why the actor is awake while the task runs; `undefined` if it may sleep meanwhile. */
  get keepsAwake(): AwakeReason | undefined {
    return this.#keepsAwake;
  }

  set keepsAwake(reason: AwakeReason | undefined) {
    this.cell.extrasIfAny?.tasks.changing(this, reason);
    this.#keepsAwake = reason;
    if (reason === undefined) this.cell.noticeIdle();
  }

  /** Whether the end of the actor waits for it. */
  get holdsUpEnd(): boolean {
    return !(this.#closed || this.#released);
  }

  /** Makes the end of the actor independent of the task, because the task waits for that end. */
  release(): void {
    this.#released = true;
    this.#over.resolve();
  }

  /** Aborts the signal of the task. The task itself decides how to react. */
  cancel(): void {
    this.#abort.abort();
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  /** Removes the task from the gauges although it is still running, because it is no longer waited for. */
  abandon(): void {
    this.#close(undefined);
  }

  async #run(work: (signal: AbortSignal) => unknown): Promise<void> {
    try {
      await this.#begin(work);
      this.#close(undefined);
    } catch (thrown) {
      const error = toError(thrown);
      const cancelled = this.#abort.signal.aborted;
      const counted = this.#close(error);
      // An error of a cancelled task is not a failure.
      if (!counted || cancelled) return;
      this.cell.fail({
        phase: FailurePhase.Task,
        error,
        name: this.kind,
        span: this.#span,
      });
    }
  }

  /** Async, so that a synchronous throw is reported, like a rejection, after the spawning handler. */
  async #begin(work: (signal: AbortSignal) => unknown): Promise<unknown> {
    return work(this.#abort.signal);
  }

  #close(error: Error | undefined): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#over.resolve();
    const { metrics, system } = this.cell.type;
    this.cell.extrasIfAny?.tasks.delete(this);
    this.#series.active.add(-1);
    const durationMs = system.clock.monotonicMs() - this.startedMs;
    this.#series.ended(durationMs, error === undefined ? undefined : metrics.errorType(error));
    if (this.#ownsSpan && this.#span !== undefined) finishSpan(this.#span, error);
    this.cell.noticeIdle();
    return true;
  }
}

/**
 * Starts a task of `cell`. One that an abort listener starts while the actor is being closed runs with an
 * aborted signal and is waited for by nothing: an error thrown into the listener would end the process.
 *
 * @throws {@link DeliveryError} `ERR_ACTOR_STOPPED`, `ERR_ACTOR_KILLED` when the actor has ended
 */
export function spawnTask(
  cell: ActorCell,
  kind: string,
  work: (signal: AbortSignal) => unknown,
): ActorTask {
  if (cell.isStopped) throw cell.stoppedError(kind);
  const task = new ActorTask(cell, kind, work);
  if (cell.stopRequest === StopRequest.Closing) task.abandon();
  return task;
}
