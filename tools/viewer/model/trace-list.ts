import { type OtlpAttribute, plainAttributes } from "./trace-tree.ts";

/** An answer of Tempo to a search. */
export interface TempoSearch {
  readonly traces?: readonly TempoTrace[];
}

interface TempoTrace {
  readonly traceID: string;
  readonly rootServiceName?: string;
  readonly rootTraceName?: string;
  readonly startTimeUnixNano: string;
  /** Missing below one millisecond. */
  readonly durationMs?: number;
  readonly spanSets?: readonly { readonly spans?: readonly TempoSpan[] }[];
}

interface TempoSpan {
  readonly spanID: string;
  readonly name?: string;
  readonly durationNanos?: string;
  readonly attributes?: readonly OtlpAttribute[];
}

/** A trace that was found, and those of its spans for which it was. */
export interface FoundTrace {
  readonly traceId: string;
  readonly service: string;
  readonly name: string;
  readonly startMs: number;
  readonly durationS: number;
  readonly spans: readonly FoundSpan[];
}

export interface FoundSpan {
  readonly spanId: string;
  readonly name: string;
  readonly durationS: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a search found, the newest first. */
export function foundTraces({ traces = [] }: TempoSearch): FoundTrace[] {
  return traces
    .map((trace) => ({
      // Tempo leaves zeros at the beginning out.
      traceId: trace.traceID.padStart(32, "0"),
      service: trace.rootServiceName ?? "",
      name: trace.rootTraceName ?? "",
      startMs: Number(BigInt(trace.startTimeUnixNano) / 1_000_000n),
      durationS: (trace.durationMs ?? 0) / 1_000,
      spans: (trace.spanSets ?? []).flatMap(({ spans = [] }) => spans.map(foundSpan)),
    }))
    .toSorted((a, b) => b.startMs - a.startMs);
}

function foundSpan({ spanID, name, durationNanos = "0", attributes }: TempoSpan): FoundSpan {
  const durationS = Number(durationNanos) / 1e9;
  return { spanId: spanID, name: name ?? "", durationS, attributes: plainAttributes(attributes) };
}
