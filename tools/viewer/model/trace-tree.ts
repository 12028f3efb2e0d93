// A trace in OTLP's JSON, as Jaeger's v3 API answers, and as rows of a waterfall.

interface OtlpAttribute {
  readonly key: string;
  readonly value?: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  /** Ids are hexadecimal digits, times nanoseconds since the epoch. */
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly links?: readonly { readonly traceId: string }[];
}

interface OtlpResourceSpans {
  readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
  readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[];
}

/** All spans of a trace. */
export interface OtlpTrace {
  readonly resourceSpans?: readonly OtlpResourceSpans[];
}

const STATUS_ERROR = 2;

/** One row of a waterfall. */
export interface SpanRow {
  readonly spanId: string;
  readonly name: string;
  readonly service: string;
  readonly depth: number;
  /** From the trace's beginning. */
  readonly startS: number;
  readonly durationS: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  /** Traces this span points to. */
  readonly linkedTraceIds: readonly string[];
}

/** A trace, parents above their children, siblings by their start. */
export interface Waterfall {
  readonly startMs: number;
  readonly durationS: number;
  readonly rows: readonly SpanRow[];
}

/** Attributes as texts. */
function plainAttributes(attributes: readonly OtlpAttribute[] = []): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value = {} }) => {
      const [plain] = Object.values(value);
      return [key, typeof plain === "object" ? JSON.stringify(plain) : String(plain ?? "")];
    }),
  );
}

interface Placed {
  readonly span: OtlpSpan;
  readonly service: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

function placedSpans({ resourceSpans = [] }: OtlpTrace): Placed[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const service = plainAttributes(resource?.attributes)["service.name"] ?? "";
    return scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        span,
        service,
        startNs: BigInt(span.startTimeUnixNano),
        endNs: BigInt(span.endTimeUnixNano),
      })),
    );
  });
}

/** Orders a trace's spans; a span whose parent is missing stands at the top. */
export function waterfallOf(trace: OtlpTrace): Waterfall {
  const placed = placedSpans(trace).toSorted((a, b) => Number(a.startNs - b.startNs));
  const ids = new Set(placed.map(({ span }) => span.spanId));
  const children = Map.groupBy(placed, ({ span: { parentSpanId = "" } }) =>
    ids.has(parentSpanId) ? parentSpanId : "",
  );
  const beginNs = placed[0]?.startNs ?? 0n;
  const rows: SpanRow[] = [];
  const add = (parent: string, depth: number): void => {
    for (const each of children.get(parent) ?? []) {
      rows.push(toRow(each, depth, beginNs));
      add(each.span.spanId, depth + 1);
    }
  };
  add("", 0);
  const durationS = Math.max(...rows.map((row) => row.startS + row.durationS), 0);
  return { startMs: Number(beginNs / 1_000n) / 1e3, durationS, rows };
}

function toSeconds(ns: bigint): number {
  return Number(ns) / 1e9;
}

function toRow({ span, service, startNs, endNs }: Placed, depth: number, beginNs: bigint): SpanRow {
  const { code = 0, message } = span.status ?? {};
  const status = message ? { "status.message": message } : {};
  return {
    spanId: span.spanId,
    name: span.name,
    service,
    depth,
    startS: toSeconds(startNs - beginNs),
    durationS: toSeconds(endNs - startNs),
    failed: code === STATUS_ERROR,
    attributes: { ...plainAttributes(span.attributes), ...status },
    linkedTraceIds: (span.links ?? []).map(({ traceId }) => traceId),
  };
}
