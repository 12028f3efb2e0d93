import type { TraceRow } from "../../wire/answers.ts";

/** Maximum number of traces kept. */
const MAX_TRACES = 2_000;

/** Sort orders of traces. */
export const TraceSort = { Recent: "recent", Duration: "duration", Spans: "spans" } as const;
export type TraceSort = (typeof TraceSort)[keyof typeof TraceSort];

/** Filter for traces. Empty texts match everything. */
export interface TraceQuery {
  /** Part of the name or id; case is ignored. */
  readonly text: string;
  /** Type of an actor that the trace touched. */
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

/** The latest traces, each in its most recent version. */
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

  /**
   * Adds new traces and replaces known ones. Those that have not been updated for longest are dropped first.
   */
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

/** Returns the rows that match the query, sorted as it asks. */
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
