import { ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import type { ActorIdentity } from "../../telemetry/context/actor-scope.ts";
import type { ActivationMetrics } from "../../telemetry/metrics/activation-metrics.ts";
import type { ActorTracing } from "../../telemetry/traces/actor-tracing.ts";
import { finishSpan } from "../../telemetry/traces/guarded-spans.ts";
import type { CommitEnd } from "./committer.ts";

/** What a {@link CommitSpans} reports to. */
export interface CommitReports {
  readonly tracing: ActorTracing;
  readonly metrics: Pick<ActivationMetrics, "saved">;
}

/**
 * Reports the commits of one activation: a span `{type} save`, the duration and the size of the state.
 *
 * The span is a child of the span that the commit was requested in; a commit for several messages belongs to the trace
 * of the first one whose reply waits. A commit without one starts a trace.
 */
export class CommitSpans {
  readonly #reports: CommitReports;
  readonly #actor: ActorIdentity;
  #span: Span | undefined;
  #parent: Span | undefined;

  constructor(reports: CommitReports, actor: ActorIdentity) {
    this.#reports = reports;
    this.#actor = actor;
  }

  /** Sets the span that the next commit belongs to, unless there is one already. */
  requestedIn(span: Span | undefined): void {
    this.#parent ??= span;
  }

  /** Forgets the span that the next commit belongs to: the messages so far have changed nothing. */
  dropped(): void {
    this.#parent = undefined;
  }

  /** Opens the span of a commit. */
  begun(): void {
    const { tracing } = this.#reports;
    const parent = this.#parent;
    this.#parent = undefined;
    const name = `${this.#actor.actorType} save`;
    const span = tracing.openOwn(name, this.#actor, ROOT_CONTEXT, parent);
    // Where no span is opened, the parent is returned, which is not this commit's to end.
    this.#span = span === parent ? undefined : span;
  }

  /** Ends the span of a commit and records it. One that could not be composed has no span and no duration. */
  ended({ outcome, error, content, durationMs }: CommitEnd): void {
    const span = this.#span;
    this.#span = undefined;
    if (span !== undefined) finishSpan(span, error);
    if (content === undefined) return;
    this.#reports.metrics.saved(outcome, durationMs, content.stateBytes);
  }
}
