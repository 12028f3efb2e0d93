/** Attributes or headers: any values under names. */
// biome-ignore lint/suspicious/noExplicitAny: tests compare them with what they expect
export type Fields = Readonly<Record<string, any>>;

/** A span as a collector sees it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** `undefined` for a root. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** By the protocol: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly attributes: Fields;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** By the protocol: 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  /** Since the epoch. */
  readonly startNs: bigint;
  readonly events: readonly string[];
  readonly resource: Fields;
  readonly scope: string;
}

/** A log record as a collector sees it. */
export interface ReceivedLog {
  readonly timeMs: number;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: unknown;
  readonly eventName: string | undefined;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly flags: number;
  readonly attributes: Fields;
  readonly resource: Fields;
  readonly scope: string;
}

/** One series of a metric in one export. */
export interface ReceivedPoint {
  readonly name: string;
  readonly unit: string;
  readonly kind: "sum" | "gauge" | "histogram" | "exponentialHistogram";
  /** By the protocol: 1 delta, 2 cumulative; 0 of a gauge, which has none. */
  readonly temporality: number;
  /** In nanoseconds since the epoch. */
  readonly startTime: string;
  readonly attributes: Fields;
  /** The value of a sum or gauge, the count of a histogram. */
  readonly value: number;
  readonly resource: Fields;
}

/** OTLP's JSON; only what is read here. Lists may be left out when empty. */
interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
}
interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}
interface Attributed {
  readonly attributes?: readonly KeyValue[];
}
interface WireSpan extends Attributed {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly events?: readonly { readonly name: string }[];
  readonly status?: { readonly code?: number };
  readonly startTimeUnixNano: string;
}
interface WirePoint extends Attributed {
  readonly asInt?: string | number;
  readonly asDouble?: number;
  readonly count?: string | number;
  readonly startTimeUnixNano?: string;
}
interface WireData {
  readonly dataPoints: readonly WirePoint[];
  readonly aggregationTemporality?: number;
}
const KINDS = ["sum", "gauge", "histogram", "exponentialHistogram"] as const;
interface WireMetric extends Partial<Readonly<Record<(typeof KINDS)[number], WireData>>> {
  readonly name: string;
  readonly unit?: string;
}
interface TracesDocument {
  readonly resourceSpans?: readonly {
    readonly resource?: Attributed;
    readonly scopeSpans: readonly {
      readonly scope?: { readonly name?: string };
      readonly spans: readonly WireSpan[];
    }[];
  }[];
}
interface WireLog extends Attributed {
  readonly timeUnixNano: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AnyValue;
  readonly eventName?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly flags?: number;
}
interface LogsDocument {
  readonly resourceLogs?: readonly {
    readonly resource?: Attributed;
    readonly scopeLogs: readonly {
      readonly scope?: { readonly name?: string };
      readonly logRecords: readonly WireLog[];
    }[];
  }[];
}
interface MetricsDocument {
  readonly resourceMetrics?: readonly {
    readonly resource?: Attributed;
    readonly scopeMetrics: readonly { readonly metrics: readonly WireMetric[] }[];
  }[];
}

function readValue(value: AnyValue | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(readValue);
  if (value.kvlistValue !== undefined) {
    return readAttributes({ attributes: value.kvlistValue.values ?? [] });
  }
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}

function readAttributes(holder: Attributed | undefined): Fields {
  const entries = (holder?.attributes ?? []).map(({ key, value }) => [key, readValue(value)]);
  return Object.fromEntries(entries);
}

/** The spans of a `/v1/traces` request. */
export function* readSpans(document: TracesDocument): Generator<ReceivedSpan> {
  for (const { resource, scopeSpans } of document.resourceSpans ?? []) {
    for (const { scope, spans } of scopeSpans) {
      for (const span of spans) {
        yield {
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId || undefined,
          name: span.name,
          kind: span.kind,
          attributes: readAttributes(span),
          links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
          statusCode: span.status?.code ?? 0,
          startNs: BigInt(span.startTimeUnixNano),
          events: (span.events ?? []).map((event) => event.name),
          resource: readAttributes(resource),
          scope: scope?.name ?? "",
        };
      }
    }
  }
}

/** The log records of a `/v1/logs` request. */
export function* readLogs(document: LogsDocument): Generator<ReceivedLog> {
  for (const { resource, scopeLogs } of document.resourceLogs ?? []) {
    for (const { scope, logRecords } of scopeLogs) {
      for (const log of logRecords) {
        yield {
          timeMs: Number(BigInt(log.timeUnixNano) / 1_000_000n),
          severityNumber: log.severityNumber ?? 0,
          severityText: log.severityText ?? "",
          body: readValue(log.body),
          eventName: log.eventName || undefined,
          traceId: log.traceId || undefined,
          spanId: log.spanId || undefined,
          flags: log.flags ?? 0,
          attributes: readAttributes(log),
          resource: readAttributes(resource),
          scope: scope?.name ?? "",
        };
      }
    }
  }
}

/** The points of a `/v1/metrics` request. */
export function* readMetrics(document: MetricsDocument): Generator<ReceivedPoint> {
  for (const { resource, scopeMetrics } of document.resourceMetrics ?? []) {
    for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
      const { name, unit = "" } = metric;
      const kind = KINDS.find((known) => metric[known] !== undefined) ?? "gauge";
      const { dataPoints = [], aggregationTemporality: temporality = 0 } = metric[kind] ?? {};
      for (const point of dataPoints) {
        yield {
          name,
          unit,
          kind,
          temporality,
          startTime: point.startTimeUnixNano ?? "",
          attributes: readAttributes(point),
          value: Number(point.asInt ?? point.asDouble ?? point.count),
          resource: readAttributes(resource),
        };
      }
    }
  }
}
