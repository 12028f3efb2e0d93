// A trace as Tempo gives it, which is OTLP's JSON with some liberties, and as a waterfall needs it.

export interface OtlpAttribute {
  readonly key: string;
  readonly value?: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: string | number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly status?: { readonly code?: string | number; readonly message?: string };
  readonly events?: readonly { readonly name?: string; readonly timeUnixNano?: string }[];
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
      })),
    );
  });
}

/** Orders a trace's spans; a span whose parent is missing stands at the top. */
export function waterfallOf(trace: TempoTraceJson): Waterfall {
  const placed = placedSpans(trace).toSorted((a, b) => startOf(a) - startOf(b));
  const ids = new Set(placed.map(({ id }) => id));
  const children = Map.groupBy(placed, ({ parent }) => (ids.has(parent) ? parent : ""));
  const startNs = placed.reduce((first, each) => Math.min(first, startOf(each)), Infinity);
  const endNs = placed.reduce((last, each) => Math.max(last, endOf(each)), 0);
  const rows: SpanRow[] = [];
  const add = (parent: string, depth: number): void => {
    for (const each of children.get(parent) ?? []) {
      rows.push(toRow(each, depth, startNs));
      add(each.id, depth + 1);
    }
  };
  add("", 0);
  return { startMs: startNs / 1e6, durationS: Math.max(endNs - startNs, 0) / 1e9, rows };
}

// Doubles are exact to some 200 ns here, which is finer than what programs measure.
function startOf({ span }: Placed): number {
  return Number(span.startTimeUnixNano);
}

function endOf({ span }: Placed): number {
  return Number(span.endTimeUnixNano);
}

function toRow(placed: Placed, depth: number, startNs: number): SpanRow {
  const { span, id, service } = placed;
  const { message } = span.status ?? {};
  const status = message ? { "status.message": message } : {};
  return {
    spanId: id,
    name: span.name,
    service,
    depth,
    startS: (startOf(placed) - startNs) / 1e9,
    durationS: Math.max(endOf(placed) - startOf(placed), 0) / 1e9,
    failed: [2, "STATUS_CODE_ERROR"].includes(span.status?.code ?? 0),
    attributes: { ...plainAttributes(span.attributes), ...status },
    linkedTraceIds: (span.links ?? []).map(({ traceId }) => hexId(traceId, 32)),
  };
}
