import type { Span } from "@opentelemetry/api";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { type HookFailure, type HookSpan, runHook } from "../../actor/lifecycle/hooks.ts";
import { ABORT } from "../../actor/lifecycle/life-keys.ts";
import { log, writes } from "../../actor/lifecycle/logging.ts";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { Outcome, StartupOwner, StartupPhase } from "../../telemetry/attributes.ts";
import type { ActivationMetrics } from "../../telemetry/metrics/activation-metrics.ts";
import { finishSpan } from "../../telemetry/traces/guarded-spans.ts";
import { StartDeadline } from "./start-deadline.ts";

/** A step of a start that has ended, for display. */
export interface StartStep {
  readonly phase: StartupPhase;
  readonly owner: StartupOwner;
  /** Since the wake was requested. */
  readonly startedMs: number;
  readonly durationMs: number;
  readonly outcome: Outcome;
}

/** Steps that wait for what has a limit of its own. */
const UNLIMITED: ReadonlySet<StartupPhase> = new Set([
  StartupPhase.Admit,
  StartupPhase.Previous,
  StartupPhase.Database,
  StartupPhase.DatabaseMigrations,
]);

/** A step that is running. */
interface OpenStep {
  readonly phase: StartupPhase;
  readonly owner: StartupOwner;
  readonly atMs: number;
  readonly span: Span | undefined;
}

/** Options of a {@link StartRecord}. */
export interface StartOptions {
  /** When the wake was requested, on the monotonic clock. */
  readonly requestedMs: number;
  /** How long a step may take. */
  readonly deadlineMs: number;
  /** Called once, with the time from the request on. */
  readonly ended?: ((outcome: Outcome, durationMs: number) => void) | undefined;
}

/**
 * Records the steps of one start or restart: for each a child span, a point and a debug line. Steps that did not run
 * are absent. Points carry whether the actor is new, which is known once its record has been loaded: until then they
 * are kept.
 */
export class StartRecord {
  /** Whether the actor did not exist before; `undefined` until its record has been loaded. */
  isNew: boolean | undefined = undefined;
  readonly #cell: ActorCell;
  readonly #metrics: ActivationMetrics;
  readonly #hook: HookSpan;
  /** When the wake was requested, on the monotonic clock. */
  readonly requestedMs: number;
  readonly #steps: StartStep[] = [];
  #reported = 0;
  #open: OpenStep | undefined;
  #totalMs: number | undefined;
  #outcome: Outcome | undefined;
  #error: Error | undefined;
  readonly #deadline: StartDeadline;
  readonly #ended: StartOptions["ended"];
  /** Rejects the promise of the part that is running. */
  #abandon: ((error: Error) => void) | undefined;
  /** The step that began last. */
  #last: StartupPhase = StartupPhase.Load;

  constructor(
    cell: ActorCell,
    metrics: ActivationMetrics,
    hook: HookSpan,
    { requestedMs, deadlineMs, ended }: StartOptions,
  ) {
    this.#cell = cell;
    this.#metrics = metrics;
    this.#hook = hook;
    this.requestedMs = requestedMs;
    this.#ended = ended;
    const giveUp = (limitMs: number): void => this.#giveUp(limitMs);
    this.#deadline = new StartDeadline(cell.type.system, deadlineMs, giveUp);
  }

  /** The steps that have ended, in order. */
  get steps(): readonly StartStep[] {
    return this.#steps;
  }

  /** From the request on; `undefined` while the start is running. */
  get totalMs(): number | undefined {
    return this.#totalMs;
  }

  /** Whether the start has ended, so that what is left of its code must not change anything. */
  get isOver(): boolean {
    return this.#outcome !== undefined;
  }

  /** How the start ended; `undefined` while it is running. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** What the start has failed with. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Trace of the call that woke the actor; `undefined` without a span. */
  get traceId(): string | undefined {
    return this.#hook.span?.spanContext().traceId;
  }

  /**
   * Runs a part of the start. The promise rejects when one of its steps takes too long; `work` may go on nevertheless.
   *
   * @returns `undefined` if there is nothing to wait for
   */
  within(work: () => Promise<void> | undefined): Promise<void> | undefined {
    if (this.#error !== undefined) return Promise.reject(this.#error); // a step has taken too long already
    const running = work();
    if (running === undefined) return undefined;
    return new Promise((resolve, reject) => {
      this.#abandon = reject;
      running.then(resolve, reject);
    });
  }

  /** Runs a step of the runtime, in the context of the caller. */
  async internal<Value>(phase: StartupPhase, work: () => Promise<Value>): Promise<Value> {
    this.begin(phase);
    try {
      const value = await work();
      this.end();
      return value;
    } catch (thrown) {
      this.#end(toError(thrown));
      throw thrown;
    }
  }

  /** Begins a step of the runtime. It ends with {@link StartRecord.end}, or as the record does. */
  begin(phase: StartupPhase): void {
    this.#begin(phase, StartupOwner.Internal);
  }

  /** Ends the step that is running. */
  end(): void {
    this.#end(undefined);
  }

  /** Runs user code in the actor's scope, under the span of the step. Throws or rejects with its error. */
  user(phase: StartupPhase, work: () => unknown): Promise<void> | undefined {
    const span = this.#begin(phase, StartupOwner.User);
    const run = runHook(this.#cell, { base: this.#hook.base, span, owned: false }, work);
    if (run instanceof Promise) return run.then((failure) => this.#endUser(failure));
    return this.#endUser(run);
  }

  /** Ends the record; a step that is still running ends with it. */
  conclude(outcome: Outcome, error?: Error): void {
    if (this.#outcome !== undefined) return;
    this.#deadline.end();
    if (this.#open !== undefined) this.#end(error, outcome);
    this.isNew ??= false;
    this.#report();
    this.#outcome = outcome;
    this.#error = error;
    this.#totalMs = this.#nowMs() - this.requestedMs;
    this.#ended?.(outcome, this.#totalMs);
  }

  #nowMs(): number {
    return this.#cell.type.system.clock.monotonicMs();
  }

  /** Ends the start, whose last step may never end. Its code is left to itself: it can change nothing any more. */
  #giveUp(deadlineMs: number): void {
    const { actorId, life } = this.#cell;
    const text = `${this.#last} of ${actorId} did not end within ${deadlineMs} ms`;
    const error = new LimelightError(text, { code: ErrorCode.StartTimeout });
    this.conclude(Outcome.Timeout, error);
    life[ABORT](error);
    this.#abandon?.(error);
  }

  #limit(phase: StartupPhase): void {
    this.#last = phase;
    if (UNLIMITED.has(phase)) this.#deadline.pause();
    else this.#deadline.begin(this.#nowMs());
  }

  #begin(phase: StartupPhase, owner: StartupOwner): Span | undefined {
    if (this.isOver) throw this.#error ?? new Error(`${phase} of a start that has ended`);
    this.#limit(phase);
    const { base, span: parent } = this.#hook;
    const { actorType, type } = this.#cell;
    const name = `${actorType} start ${phase}`;
    const span = type.system.tracing.openOwn(name, this.#cell, base, parent);
    this.#open = { phase, owner, atMs: this.#nowMs(), span: span === parent ? undefined : span };
    return span;
  }

  #endUser(failure: HookFailure | undefined): undefined {
    this.#end(failure?.error);
    if (failure !== undefined) throw failure.error;
  }

  #end(
    error: Error | undefined,
    outcome: Outcome = error === undefined ? Outcome.Ok : Outcome.Error,
  ): void {
    const open = this.#open;
    if (open === undefined) return; // ended with the record, by a kill
    this.#open = undefined;
    const { phase, owner, atMs, span } = open;
    const durationMs = this.#nowMs() - atMs;
    if (span !== undefined) finishSpan(span, error);
    this.#steps.push({ phase, owner, startedMs: atMs - this.requestedMs, durationMs, outcome });
    if (this.isNew !== undefined) this.#report();
  }

  /** Reports the steps that were kept until it was known whether the actor is new. */
  #report(): void {
    const { isNew = false } = this;
    const { logger } = this.#cell.type.system;
    const logged = writes(logger, "debug");
    for (; this.#reported < this.#steps.length; this.#reported += 1) {
      const step = this.#steps[this.#reported] as StartStep;
      const { phase, owner, outcome, durationMs } = step;
      this.#metrics.step({ phase, owner, isNew, outcome }, durationMs);
      if (!logged) continue;
      const fields = { phase, owner, outcome, is_new: isNew, duration_ms: durationMs };
      log(this.#cell, "debug", { event: "actor.startup.phase", ...fields }, "start-up phase ended");
    }
  }
}
