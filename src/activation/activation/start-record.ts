import type { Span } from "@opentelemetry/api";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { type HookSpan, runHook } from "../../actor/lifecycle/hooks.ts";
import { log, writes } from "../../actor/lifecycle/logging.ts";
import { toError } from "../../base/errors.ts";
import { Outcome, StartupOwner, type StartupPhase } from "../../telemetry/attributes.ts";
import type { ActivationMetrics } from "../../telemetry/metrics/activation-metrics.ts";
import { finishSpan } from "../../telemetry/traces/guarded-spans.ts";

/** A step of a start that has ended, for display. */
export interface StartStep {
  readonly phase: StartupPhase;
  readonly owner: StartupOwner;
  /** Since the wake was requested. */
  readonly startedMs: number;
  readonly durationMs: number;
  readonly outcome: Outcome;
}

/** A step that is running. */
interface OpenStep {
  readonly phase: StartupPhase;
  readonly owner: StartupOwner;
  readonly atMs: number;
  readonly span: Span | undefined;
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

  /** @param requestedMs when the wake was requested, on the monotonic clock */
  constructor(cell: ActorCell, metrics: ActivationMetrics, hook: HookSpan, requestedMs: number) {
    this.#cell = cell;
    this.#metrics = metrics;
    this.#hook = hook;
    this.requestedMs = requestedMs;
  }

  /** The steps that have ended, in order. */
  get steps(): readonly StartStep[] {
    return this.#steps;
  }

  /** From the request on; `undefined` while the start is running. */
  get totalMs(): number | undefined {
    return this.#totalMs;
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

  /** Runs a step of the runtime, in the context of the caller. */
  async internal<Value>(phase: StartupPhase, work: () => Promise<Value>): Promise<Value> {
    this.#begin(phase, StartupOwner.Internal);
    try {
      const value = await work();
      this.#end(undefined);
      return value;
    } catch (thrown) {
      this.#end(toError(thrown));
      throw thrown;
    }
  }

  /** Runs user code in the actor's scope, under the span of the step. */
  async user(phase: StartupPhase, work: () => unknown): Promise<void> {
    const span = this.#begin(phase, StartupOwner.User);
    const failure = await runHook(this.#cell, { base: this.#hook.base, span, owned: false }, work);
    this.#end(failure?.error);
    if (failure !== undefined) throw failure.error;
  }

  /** Ends the record; a step that is still running ends with it. */
  conclude(outcome: Outcome, error?: Error): void {
    if (this.#outcome !== undefined) return;
    if (this.#open !== undefined) this.#end(error, outcome);
    this.isNew ??= false;
    this.#report();
    this.#outcome = outcome;
    this.#error = error;
    this.#totalMs = this.#nowMs() - this.requestedMs;
  }

  #nowMs(): number {
    return this.#cell.type.system.clock.monotonicMs();
  }

  #begin(phase: StartupPhase, owner: StartupOwner): Span | undefined {
    const { base, span: parent } = this.#hook;
    const { actorType, type } = this.#cell;
    const name = `${actorType} start ${phase}`;
    const span = type.system.tracing.openOwn(name, this.#cell, base, parent);
    this.#open = { phase, owner, atMs: this.#nowMs(), span: span === parent ? undefined : span };
    return span;
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
