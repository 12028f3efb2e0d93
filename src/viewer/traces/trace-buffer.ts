import type { TraceRow } from "../../wire/answers.ts";

/** Traces kept. */
const MAX_TRACES = 2_000;

/** What traces can be sorted by. */
export const TraceSort = { Recent: "recent", Duration: "duration", Spans: "spans" } as const;
export type TraceSort = (typeof TraceSort)[keyof typeof TraceSort];

/** Which traces are wanted; empty texts are no filter. */
export interface TraceQuery {
  /** Part of the name or id, in any case. */
  readonly text: string;
  /** Type of an actor it touched. */
  readonly type: string;
  readonly errorsOnly: boolean;
  readonly minMs: number;
  readonly sort: TraceSort;
}

export const ALL_TRACES: TraceQuery = {
  text: "",
  type: "",
  errorsOnly: false,
  minMs: 0,
  sort: TraceSort.Recent,
};

/** The last traces, each as it was told last. */
export class TraceBuffer {
  readonly #rows = new Map<string, TraceRow>();

  get size(): number {
    return this.#rows.size;
  }

  get(traceId: string): TraceRow | undefined {
    return this.#rows.get(traceId);
  }

  rows(): Iterable<TraceRow> {
    return this.#rows.values();
  }

  /** Adds new ones and replaces what was known of others; those longest without news go first. */
  add(rows: readonly TraceRow[]): void {
    for (const row of rows) {
      this.#rows.delete(row.traceId);
      this.#rows.set(row.traceId, row);
    }
    for (const traceId of this.#rows.keys()) {
      if (this.#rows.size <= MAX_TRACES) break;
      this.#rows.delete(traceId);
    }
  }
}

/** The rows that are wanted, in the order that is wanted. */
export function selectTraces(rows: Iterable<TraceRow>, query: TraceQuery): TraceRow[] {
  const text = query.text.trim().toLowerCase();
  const wanted = [...rows].filter(
    (row) =>
      (query.type === "" || row.actorTypes.includes(query.type)) &&
      (!query.errorsOnly || row.errors > 0) &&
      row.durationMs >= query.minMs &&
      (text === "" || `${row.name} ${row.traceId}`.toLowerCase().includes(text)),
  );
  return wanted.sort((a, b) => keyOf(b, query.sort) - keyOf(a, query.sort));
}

function keyOf({ startedAtMs, durationMs, spans }: TraceRow, sort: TraceSort): number {
  switch (sort) {
    case TraceSort.Recent:
      return startedAtMs;
    case TraceSort.Duration:
      return durationMs;
    case TraceSort.Spans:
      return spans;
  }
}
