import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import type { HistogramReading } from "../../telemetry/metrics/latency-histogram.ts";
import type { Edge } from "../../telemetry/metrics/senders.ts";
import type {
  InteractionRow,
  RecentInteraction,
  SystemInteractions,
} from "../../wire/interactions.ts";
import { percentile } from "./duration-row.ts";

/** The period of recent counts, and the distance of the samples from which they are computed. */
const WINDOW_MS = 60_000;
const SAMPLE_EVERY_MS = 10_000;

/** The counts of an edge at one time. */
interface EdgeReading {
  readonly sent: number;
  readonly failed: number;
  /** `undefined` before the first ask. */
  readonly asks: HistogramReading | undefined;
}

/** The counts of all edges at one time, on the monotonic clock. */
interface Sample {
  readonly atMs: number;
  readonly edges: ReadonlyMap<Edge, EdgeReading>;
}

const NOTHING: EdgeReading = { sent: 0, failed: 0, asks: undefined };

/** Which edges are read. */
export interface InteractionFilter {
  /** Type of the senders or of the receivers; `undefined` for all. */
  readonly type?: string | undefined;
  /** Maximum number of edges. */
  readonly limit: number;
}

/** Who has sent to whom in one system: in all, and in the last minute, for which samples are kept. */
export class InteractionRows {
  readonly #system: SystemRuntime;
  readonly #startedMs: number;
  /** The samples of the last minute, oldest first. The last one is replaced as long as the one before it is recent. */
  #samples: Sample[] = [];

  constructor(system: SystemRuntime, nowMs: number) {
    this.#system = system;
    this.#startedMs = nowMs;
  }

  /** Samples the edges. Called at each look of the monitor: where the last look was long ago, nothing was sent since. */
  mark(nowMs: number): void {
    const before = this.#samples.at(-2)?.atMs ?? this.#startedMs;
    const last = this.#samples.at(-1);
    const sample = { atMs: nowMs, edges: this.#readEdges(last) };
    if (last !== undefined && nowMs - before < SAMPLE_EVERY_MS) this.#samples.pop();
    this.#samples.push(sample);
    // One sample older than the window is kept, so that the whole window is covered.
    const first = this.#samples.findLastIndex(({ atMs }) => atMs <= nowMs - WINDOW_MS);
    if (first > 0) this.#samples.splice(0, first);
  }

  /** Returns the edges, those with the most messages in the last minute first. */
  read(
    nowMs: number,
    { type: wanted, limit }: InteractionFilter,
  ): Omit<SystemInteractions, "system"> {
    this.mark(nowMs);
    const baseline = this.#samples.findLast(({ atMs }) => atMs <= nowMs - WINDOW_MS);
    const ageMs = nowMs - (baseline?.atMs ?? this.#startedMs);
    // Between samples that are further apart, the system was idle.
    const windowMs =
      ageMs > WINDOW_MS + SAMPLE_EVERY_MS && baseline !== undefined ? WINDOW_MS : ageMs;
    const rows: InteractionRow[] = [];
    for (const { type, senders } of this.#system.typeMetrics()) {
      for (const edge of senders.edges) {
        if (edge.sent === 0) continue;
        const fits = wanted === undefined || type === wanted || edge.sender.type === wanted;
        if (fits) rows.push(rowOf(edge, type, baseline?.edges.get(edge) ?? NOTHING, windowMs));
      }
    }
    rows.sort((a, b) => b.recent.sent - a.recent.sent || b.sent - a.sent);
    return {
      windowMs: Math.round(windowMs),
      edges: rows.slice(0, limit),
      hidden: Math.max(0, rows.length - limit),
    };
  }

  /** Reads the edges. Those that have not changed since `before` share its reading. */
  #readEdges(before: Sample | undefined): Map<Edge, EdgeReading> {
    const edges = new Map<Edge, EdgeReading>();
    for (const { senders } of this.#system.typeMetrics()) {
      for (const edge of senders.edges) {
        const known = before?.edges.get(edge);
        edges.set(edge, known !== undefined && !hasChanged(edge, known) ? known : readingOf(edge));
      }
    }
    return edges;
  }
}

function hasChanged({ sent, failed, asks }: Edge, known: EdgeReading): boolean {
  return known.sent !== sent || known.failed !== failed || known.asks?.count !== asks?.count;
}

function readingOf({ sent, failed, asks }: Edge): EdgeReading {
  return { sent, failed, asks: asks?.read() };
}

function rowOf(edge: Edge, to: string, before: EdgeReading, windowMs: number): InteractionRow {
  const { sender, sent, failed } = edge;
  const asks = edge.asks?.read();
  return {
    fromKind: sender.kind,
    from: sender.type,
    to,
    sent,
    failed,
    p50Ms: percentileMs(asks, 0.5),
    p95Ms: percentileMs(asks, 0.95),
    recent: recentOf({ sent, failed, asks }, before, windowMs),
  };
}

function recentOf(now: EdgeReading, before: EdgeReading, windowMs: number): RecentInteraction {
  const sent = now.sent - before.sent;
  return {
    sent,
    perSecond: windowMs <= 0 ? 0 : Math.round((sent / windowMs) * 1e6) / 1_000,
    failed: now.failed - before.failed,
    p95Ms: percentileMs(increase(now.asks, before.asks), 0.95),
  };
}

/** Returns what a histogram has gained. The extremes are those of the whole. */
function increase(
  now: HistogramReading | undefined,
  before: HistogramReading | undefined,
): HistogramReading | undefined {
  if (now === undefined || before === undefined) return now;
  return {
    ...now,
    counts: now.counts.map((count, at) => count - (before.counts[at] ?? 0)),
    sum: now.sum - before.sum,
    count: now.count - before.count,
  };
}

function percentileMs(asks: HistogramReading | undefined, share: number): number | null {
  if (asks === undefined || asks.count === 0) return null;
  return Math.round(percentile(asks, share) * 1e6) / 1_000;
}
