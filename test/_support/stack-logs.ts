import type { ReceivedRequest } from "./otlp-receiver.ts";

interface WireValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
}
interface WireAttribute {
  readonly key: string;
  readonly value: WireValue;
}
interface WireRecord {
  readonly timeUnixNano?: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly body?: WireValue;
  readonly attributes?: readonly WireAttribute[];
}
interface WireLogs {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly WireAttribute[] };
    readonly scopeLogs?: readonly { readonly logRecords?: readonly WireRecord[] }[];
  }[];
}

/** A log record as a backend gets it. */
export interface ReceivedLog {
  readonly timeMs: number;
  readonly severity: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly service: unknown;
}

/** All log records among `requests`, in the order they came in. */
export function readLogs(requests: readonly ReceivedRequest[]): ReceivedLog[] {
  return requests
    .filter(({ path }) => path.endsWith("/v1/logs"))
    .flatMap(({ body }) => (JSON.parse(body.toString()) as WireLogs).resourceLogs ?? [])
    .flatMap(({ resource, scopeLogs = [] }) => {
      const service = fields(resource?.attributes)["service.name"];
      const records = scopeLogs.flatMap(({ logRecords = [] }) => logRecords);
      return records.map((record) => readLog(record, service));
    });
}

function readLog(record: WireRecord, service: unknown): ReceivedLog {
  const { timeUnixNano = "0", severityNumber = 0, traceId = "", spanId = "" } = record;
  return {
    timeMs: Number(BigInt(timeUnixNano) / 1_000_000n),
    severity: severityNumber,
    traceId,
    spanId,
    body: record.body?.stringValue ?? "",
    attributes: fields(record.attributes),
    service,
  };
}

function fields(attributes: readonly WireAttribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: WireValue): unknown {
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? value;
}
