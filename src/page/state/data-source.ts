import type {
  ActorDetail,
  LogRow,
  MetricRow,
  Problem,
  Summary,
  TraceDetail,
  TraceRow,
} from "../../wire/answers.ts";
import type { ConsoleFile } from "../../wire/console-file.ts";
import { apiAddress } from "./api-address.ts";

/** An answer: a value, or the reason why there is none. */
export type Answer<Value> =
  | { readonly value: Value; readonly problem: null }
  | { readonly value: null; readonly problem: string };

/** Details of an opened actor that frames do not carry. */
export type ActorExtras = Pick<ActorDetail, "failures" | "traces"> & { readonly state?: unknown };

/** Source of the data that frames do not carry: the process, or a file. */
export interface DataSource {
  /** Whether answers change over time. */
  readonly live: boolean;
  summary(): Promise<Answer<Summary>>;
  trace(traceId: string): Promise<Answer<TraceDetail>>;
  actor(id: string): Promise<Answer<ActorExtras>>;
  metrics(): Promise<Answer<readonly MetricRow[]>>;
}

/** The process, through its API. */
export const liveSource: DataSource = {
  live: true,
  summary: () => getJson<Summary>("summary"),
  trace: (traceId) => getJson<TraceDetail>(`traces/${encodeURIComponent(traceId)}`),
  actor: (id) => getJson<ActorDetail>(`actors/${encodeURIComponent(id)}`),
  metrics: async () => {
    const answer = await getJson<{ metrics: readonly MetricRow[] }>("metrics");
    return answer.value === null ? answer : { value: answer.value.metrics, problem: null };
  },
};

/** Reads JSON from the console's server. */
async function getJson<Value>(path: string): Promise<Answer<Value>> {
  return ask<Value>(path, { headers: { accept: "application/json" } });
}

/** Posts an action that the user has requested. */
export function postAction(action: object): Promise<Answer<unknown>> {
  return ask("actions", {
    method: "POST",
    headers: { "content-type": "application/json", "x-limelight-action": "1" },
    body: JSON.stringify(action),
  });
}

async function ask<Value>(path: string, init: RequestInit): Promise<Answer<Value>> {
  try {
    const response = await fetch(apiAddress(path), init);
    const value: unknown = await response.json();
    if (response.ok) return { value: value as Value, problem: null };
    return {
      value: null,
      problem: (value as Partial<Problem>).error?.message ?? response.statusText,
    };
  } catch {
    return { value: null, problem: "the process does not answer" };
  }
}

/** Returns the source for an opened file. */
export function fileSource({ summary, frame, details }: ConsoleFile): DataSource {
  const found = <Value>(value: Value | null | undefined, problem: string): Promise<Answer<Value>> =>
    Promise.resolve(
      value === null || value === undefined ? { value: null, problem } : { value, problem: null },
    );
  return {
    live: false,
    summary: () => found(summary, "the file has no data on the process"),
    trace: (traceId) =>
      found(
        details.find(({ trace }) => trace.traceId === traceId),
        "the file does not hold the spans of this trace",
      ),
    actor: (id) => found(extrasFrom(id, frame.logs, frame.traces, details), ""),
    metrics: () => found<readonly MetricRow[]>(null, "files contain no metrics"),
  };
}

const MAX_EXTRAS = 20;

function extrasFrom(
  id: string,
  logs: readonly LogRow[],
  traces: readonly TraceRow[],
  details: readonly TraceDetail[],
): ActorExtras {
  const failures = logs.filter(({ event, actorId }) => event === "actor.failed" && actorId === id);
  const touched = new Set(
    details
      .filter(({ spans }) => spans.some(({ actorId }) => actorId === id))
      .map(({ trace }) => trace.traceId),
  );
  return {
    failures: failures.toReversed().slice(0, MAX_EXTRAS),
    traces: traces.filter(({ traceId }) => touched.has(traceId)).slice(0, MAX_EXTRAS),
  };
}
