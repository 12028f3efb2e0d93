/** Jaeger's response to a search: all spans of each trace. */
export interface JaegerSearch {
  readonly data: readonly JaegerTrace[];
}

interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  /** Parents are `CHILD_OF`, links are `FOLLOWS_FROM`. */
  readonly references: readonly {
    readonly refType: string;
    readonly traceID: string;
    readonly spanID: string;
  }[];
  /** Microseconds since the epoch. */
  readonly startTime: number;
  /** In microseconds. */
  readonly duration: number;
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
  readonly processID: string;
}

/** A trace found by a search. All fields but its id and `failedSpans` are those of its root span. */
export interface FoundTrace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  readonly service: string;
  readonly name: string;
  readonly startMs: number;
  readonly durationS: number;
  readonly failedSpans: number;
}

/** Returns the traces of a search, latest start first. */
export function foundTraces({ data }: JaegerSearch): FoundTrace[] {
  return data.flatMap(foundTrace).toSorted((a, b) => b.startMs - a.startMs);
}

function foundTrace({ traceID, spans, processes }: JaegerTrace): FoundTrace | [] {
  const root = rootOf(spans);
  if (root === undefined) return [];
  return {
    // Jaeger omits the first half of an id when it is zero.
    traceId: traceID.padStart(32, "0"),
    service: processes[root.processID]?.serviceName ?? "",
    name: root.operationName,
    startMs: root.startTime / 1_000,
    durationS: root.duration / 1e6,
    failedSpans: spans.filter(hasFailed).length,
  };
}

/**
 * The span without a parent; where it is missing, a span whose parent is. The first start does not tell: the starts of
 * a parent and its children can be equal, as the JavaScript SDK rounds them to milliseconds.
 */
function rootOf(spans: readonly JaegerSpan[]): JaegerSpan | undefined {
  const ids = new Set(spans.map(({ spanID }) => spanID));
  const isOrphan = (span: JaegerSpan): boolean => !ids.has(parentOf(span) ?? "");
  return spans.find((span) => parentOf(span) === undefined) ?? spans.find(isOrphan);
}

function parentOf({ traceID, references }: JaegerSpan): string | undefined {
  return references.find((each) => each.refType === "CHILD_OF" && each.traceID === traceID)?.spanID;
}

/** Jaeger converts the status ERROR to the attribute `error`. */
function hasFailed({ tags }: JaegerSpan): boolean {
  return tags.some(({ key, value }) => key === "error" && value === true);
}
