// A trace as Tempo gives it, which is OTLP's JSON with some liberties, and as a waterfall needs it.

export interface OtlpAttribute {
  readonly key: string;
  readonly value?: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly status?: { readonly code?: string | number; readonly message?: string };
  readonly links?: readonly { readonly traceId: string }[];
}

interface OtlpResourceSpans {
  readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
  readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[];
}

/** An answer of Tempo to a trace's id. */
export interface TempoTraceJson {
  readonly batches?: readonly OtlpResourceSpans[];
  readonly resourceSpans?: readonly OtlpResourceSpans[];
}

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
export function plainAttributes(attributes: readonly OtlpAttribute[] = []): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value = {} }) => {
      const [plain] = Object.values(value);
      return [key, typeof plain === "object" ? JSON.stringify(plain) : String(plain ?? "")];
    }),
  );
}

/** An id in hexadecimal digits, which Tempo writes in base64. */
function hexId(id: string, digits: number): string {
  if (id.length === digits && /^[0-9a-f]+$/i.test(id)) return id.toLowerCase();
  return [...atob(id)].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

interface Placed {
  readonly span: OtlpSpan;
  readonly id: string;
  readonly parent: string;
  readonly service: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

function placedSpans({ batches, resourceSpans }: TempoTraceJson): Placed[] {
  return (batches ?? resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) => {
    const service = plainAttributes(resource?.attributes)["service.name"] ?? "";
    return scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        span,
        id: hexId(span.spanId, 16),
        parent: span.parentSpanId ? hexId(span.parentSpanId, 16) : "",
        service,
        startNs: BigInt(span.startTimeUnixNano),
        endNs: BigInt(span.endTimeUnixNano),
      })),
    );
  });
}

/** Orders a trace's spans; a span whose parent is missing stands at the top. */
export function waterfallOf(trace: TempoTraceJson): Waterfall {
  const placed = placedSpans(trace).toSorted((a, b) => Number(a.startNs - b.startNs));
  const ids = new Set(placed.map(({ id }) => id));
  const children = Map.groupBy(placed, ({ parent }) => (ids.has(parent) ? parent : ""));
  const beginNs = placed[0]?.startNs ?? 0n;
  const rows: SpanRow[] = [];
  const add = (parent: string, depth: number): void => {
    for (const each of children.get(parent) ?? []) {
      rows.push(toRow(each, depth, beginNs));
      add(each.id, depth + 1);
    }
  };
  add("", 0);
  const durationS = Math.max(...rows.map((row) => row.startS + row.durationS), 0);
  return { startMs: Number(beginNs / 1_000n) / 1e3, durationS, rows };
}

function toSeconds(ns: bigint): number {
  return Number(ns) / 1e9;
}

function toRow(
  { span, id, service, startNs, endNs }: Placed,
  depth: number,
  beginNs: bigint,
): SpanRow {
  const { code = 0, message } = span.status ?? {};
  const status = message ? { "status.message": message } : {};
  return {
    spanId: id,
    name: span.name,
    service,
    depth,
    startS: toSeconds(startNs - beginNs),
    durationS: toSeconds(endNs - startNs),
    failed: code === 2 || code === "STATUS_CODE_ERROR",
    attributes: { ...plainAttributes(span.attributes), ...status },
    linkedTraceIds: (span.links ?? []).map(({ traceId }) => hexId(traceId, 32)),
  };
}
