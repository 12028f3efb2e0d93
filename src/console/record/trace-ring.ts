import type { EndedSpan } from "../../telemetry/process-taps.ts";
import type { RingState, SpanRow, TraceRow } from "../../wire/answers.ts";
import { KeptSpan } from "./kept-span.ts";
import type { Redaction } from "./redaction.ts";
import { TraceAdmission } from "./trace-admission.ts";
import { spanRows, traceRow } from "./trace-rows.ts";

/** Estimated memory of a kept trace without its spans. */
const TRACE_BYTES = 400;
/** A trace gets at most 1/`SHARE` of the ring, so that one that never ends cannot displace all others. */
const SHARE = 4;
/** Dropped traces are removed from the list in batches of this size. */
const SLACK = 1_024;

/** The spans of one trace that have ended so far. */
export class KeptTrace {
  readonly traceId: string;
  readonly spans: KeptSpan[] = [];
  bytes: number = TRACE_BYTES;
  /** Spans dropped because the trace reached its limit. */
  droppedSpans = 0;
  /** Number of the last change that affected it. */
  change = 0;
  #row: TraceRow | undefined;
  #rowChange = 0;

  constructor(traceId: string) {
    this.traceId = traceId;
  }

  get row(): TraceRow {
    if (this.#row === undefined || this.#rowChange !== this.change) {
      this.#row = traceRow(this);
      this.#rowChange = this.change;
    }
    return this.#row;
  }
}

/** Filter for traces. Omitted fields match everything. */
export interface TraceQuery {
  /** Traces that touched an actor of this type. */
  readonly type?: string | undefined;
  /** Traces that touched this actor. */
  readonly actor?: string | undefined;
  /** Only traces with an error. */
  readonly error?: boolean | undefined;
  readonly minMs?: number | undefined;
  readonly sort?: "recent" | "duration" | undefined;
  readonly limit: number;
}

/**
 * The latest traces, limited by size in bytes. Whole traces are dropped, those that began first before
 * others. If more traces arrive than it can hold for ten seconds, it keeps a share of them.
 */
export class TraceRing {
  readonly #limitBytes: number;
  readonly #admission: TraceAdmission;
  readonly #redaction: Redaction;
  readonly #byId = new Map<string, KeptTrace>();
  /** In order of start. Finding the oldest trace in a map alone would be slow. */
  #queue: KeptTrace[] = [];
  /** Number of dropped traces at the start of the queue. */
  #gone = 0;
  #bytes = 0;
  #dropped = 0;
  #change = 0;

  constructor(limitBytes: number, redaction: Redaction) {
    this.#limitBytes = limitBytes;
    this.#admission = new TraceAdmission(limitBytes);
    this.#redaction = redaction;
  }

  get state(): RingState {
    const { size: kept } = this.#byId;
    const { share } = this.#admission;
    const limitBytes = this.#limitBytes;
    return { kept, dropped: this.#dropped, bytes: this.#bytes, limitBytes, share };
  }

  /** Number of the last change. */
  get change(): number {
    return this.#change;
  }

  add(ended: EndedSpan): void {
    const { traceId } = ended.spanContext();
    if (!this.#admission.concerns(traceId, ended)) return;
    let trace = this.#byId.get(traceId);
    if (trace === undefined) {
      if (!this.#admission.admits(traceId, ended)) return;
      trace = this.#begin(traceId);
    }
    this.#change += 1;
    trace.change = this.#change;
    if (trace.bytes > this.#limitBytes / SHARE) {
      trace.droppedSpans += 1;
      return;
    }
    const span = new KeptSpan(ended, (text) => this.#redaction.text(text));
    const { bytes, failed } = span;
    trace.spans.push(span);
    trace.bytes += bytes;
    this.#bytes += bytes;
    this.#admission.recordKept(bytes, failed);
    while (this.#bytes > this.#limitBytes && this.#gone < this.#queue.length) this.#dropOldest();
  }

  /** Returns rows of the latest traces that changed after the given change, oldest first. */
  changedSince(change: number, limit: number): TraceRow[] {
    const rows: TraceRow[] = [];
    for (let at = this.#queue.length - 1; at >= this.#gone && rows.length < limit; at -= 1) {
      const trace = this.#queue[at];
      if (trace !== undefined && trace.change > change) rows.push(trace.row);
    }
    return rows.reverse();
  }

  /** Returns matching traces, newest or longest first. */
  find(query: TraceQuery): TraceRow[] {
    const { type, actor, error, minMs = 0, sort = "recent", limit } = query;
    const found: TraceRow[] = [];
    const enough = sort === "recent" ? limit : Number.POSITIVE_INFINITY;
    for (let at = this.#queue.length - 1; at >= this.#gone && found.length < enough; at -= 1) {
      const trace = this.#queue[at];
      if (trace === undefined) continue;
      const { row } = trace;
      const fits =
        row.durationMs >= minMs &&
        (error !== true || row.errors > 0) &&
        (type === undefined || row.actorTypes.includes(type)) &&
        (actor === undefined || trace.spans.some(({ actorId }) => actorId === actor));
      if (fits) found.push(row);
    }
    if (sort === "duration") found.sort((one, other) => other.durationMs - one.durationMs);
    return found.slice(0, limit);
  }

  /** Returns a trace with its spans; `undefined` when it is unknown or has been dropped. */
  detail(traceId: string): { readonly trace: TraceRow; readonly spans: SpanRow[] } | undefined {
    const trace = this.#byId.get(traceId);
    if (trace === undefined) return undefined;
    const spans = spanRows(trace.spans).map((span) => ({
      ...span,
      attributes: this.#redaction.blank(span.attributes),
    }));
    return { trace: trace.row, spans };
  }

  #begin(traceId: string): KeptTrace {
    const trace = new KeptTrace(traceId);
    this.#byId.set(traceId, trace);
    this.#queue.push(trace);
    this.#bytes += trace.bytes;
    return trace;
  }

  #dropOldest(): void {
    const oldest = this.#queue[this.#gone];
    this.#gone += 1;
    if (oldest !== undefined) {
      this.#byId.delete(oldest.traceId);
      this.#bytes -= oldest.bytes;
      this.#dropped += 1;
    }
    if (this.#gone < SLACK || this.#gone * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#gone);
    this.#gone = 0;
  }
}
