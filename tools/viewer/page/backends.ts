import type { Exemplar } from "../model/exemplars.ts";
import type { LogRecord } from "../model/log-lines.ts";
import type { PrometheusSeries } from "../model/series.ts";
import type { TimeRange } from "../model/time-range.ts";
import type { JaegerSearch } from "../model/trace-list.ts";
import type { OtlpTrace } from "../model/trace-tree.ts";
import { askJson, askJsonLines, QueryError } from "./ask.ts";

// Queries to Prometheus, Jaeger and VictoriaLogs. Each throws a QueryError with the backend's message.

interface Wrapped<Data> {
  readonly data: Data;
}

function seconds({ fromMs, toMs }: TimeRange): { start: number; end: number } {
  return { start: fromMs / 1_000, end: toMs / 1_000 };
}

/** Returns series over `times`, which are `step` seconds apart. */
export async function queryRange(
  query: string,
  times: readonly number[],
  step: number,
  signal: AbortSignal,
): Promise<readonly PrometheusSeries[]> {
  const { [0]: start = 0, length } = times;
  const parameters = { query, start, end: start + (length - 1) * step, step };
  const { data } = await askJson<Wrapped<{ result: PrometheusSeries[] }>>(
    "/prometheus/api/v1/query_range",
    parameters,
    signal,
  );
  return data.result;
}

/** Returns series at the end of `range`. */
export async function queryInstant(
  query: string,
  range: TimeRange,
  signal: AbortSignal,
): Promise<{ labels: Readonly<Record<string, string>>; value: number }[]> {
  const { data } = await askJson<
    Wrapped<{ result: { metric: Record<string, string>; value: [number, string] }[] }>
  >("/prometheus/api/v1/query", { query, time: seconds(range).end }, signal);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** Returns exemplars: traces that were counted by the series of `query`. */
export async function queryExemplars(
  query: string,
  range: TimeRange,
  signal: AbortSignal,
): Promise<Exemplar[]> {
  const { data } = await askJson<
    Wrapped<{ exemplars: { labels: { trace_id?: string }; value: string; timestamp: number }[] }[]>
  >("/prometheus/api/v1/query_exemplars", { query, ...seconds(range) }, signal);
  return data.flatMap(({ exemplars }) =>
    exemplars.map(({ labels, value, timestamp }) => ({
      traceId: labels.trace_id ?? "",
      value: Number(value),
      time: timestamp,
    })),
  );
}

/** Returns the values of `label` on the series of `selector` within `range`, in alphabetical order. */
export async function labelValues(
  label: string,
  selector: string,
  range: TimeRange,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const match: Record<string, string> = selector === "" ? {} : { "match[]": selector };
  const path = `/prometheus/api/v1/label/${label}/values`;
  const parameters = { ...match, ...seconds(range) };
  return (await askJson<Wrapped<string[]>>(path, parameters, signal)).data.toSorted();
}

/** Returns the latest log lines of `query`, in no particular order. */
export function queryLogs(
  query: string,
  range: TimeRange,
  limit: number,
  signal: AbortSignal,
): Promise<LogRecord[]> {
  // In nanoseconds since the epoch.
  const times = { start: `${range.fromMs}000000`, end: `${range.toMs}000000` };
  return askJsonLines("/victorialogs/select/logsql/query", { query, limit, ...times }, signal);
}

/** Returns the latest traces that match a search. */
export function searchTraces(
  parameters: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
): Promise<JaegerSearch> {
  return askJson("/jaeger/api/traces", parameters, signal);
}

/** Returns all spans of a trace; empty when Jaeger does not have it. */
export async function readTrace(traceId: string, signal: AbortSignal): Promise<OtlpTrace> {
  try {
    const path = `/jaeger/api/v3/traces/${traceId}`;
    return (await askJson<{ result: OtlpTrace }>(path, {}, signal)).result;
  } catch (error) {
    if (error instanceof QueryError && error.status === 404) return {};
    throw error;
  }
}
