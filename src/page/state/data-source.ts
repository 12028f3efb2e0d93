import type {
  ActorDetail,
  LogRow,
  MetricRow,
  Problem,
  Summary,
  TraceDetail,
  TraceRow,
} from "../../wire/answers.ts";
import type {
  ClusterDeadLetters,
  ClusterRow,
  Clusters,
  PlacementList,
} from "../../wire/cluster.ts";
import type { ConsoleFile } from "../../wire/console-file.ts";
import type { Interactions, SystemInteractions } from "../../wire/interactions.ts";
import type { ConnectionList, KeyDetail, KeyedTypeRow, KeyList } from "../../wire/keys.ts";
import { apiAddress } from "./api-address.ts";

/** An answer: a value, or the reason why there is none. */
export type Answer<Value> =
  | { readonly value: Value; readonly problem: null }
  | { readonly value: null; readonly problem: string };

/** Details of an opened actor that frames do not carry. */
export type ActorExtras = Pick<ActorDetail, "failures" | "traces"> &
  Partial<Pick<ActorDetail, "state" | "start">>;

/** Which keys to list. */
export interface KeysRequest {
  readonly system: string;
  readonly type: string;
  readonly prefix: string;
  /** `awake`, `asleep`, or empty for both. */
  readonly state: string;
  /** Empty for the first page. */
  readonly cursor: string;
  readonly limit: number;
}

/** Which placements to list. Empty texts match everything. */
interface PlacementsRequest {
  readonly system: string;
  readonly type: string;
  readonly prefix: string;
  readonly status: string;
  readonly runner: string;
  readonly cursor: string;
}

/** Source of the data that frames do not carry: the process, or a file. */
export interface DataSource {
  /** Whether answers change over time. */
  readonly live: boolean;
  summary(): Promise<Answer<Summary>>;
  trace(traceId: string): Promise<Answer<TraceDetail>>;
  actor(id: string): Promise<Answer<ActorExtras>>;
  metrics(): Promise<Answer<readonly MetricRow[]>>;
  /** @param system the one whose edges are read */
  interactions(system: string): Promise<Answer<readonly SystemInteractions[]>>;
  keyTypes(): Promise<Answer<readonly KeyedTypeRow[]>>;
  keys(request: KeysRequest): Promise<Answer<KeyList>>;
  /** @param system that of the key */
  key(id: string, system: string): Promise<Answer<KeyDetail>>;
  /** @param system that of the key */
  connections(id: string, system: string): Promise<Answer<ConnectionList>>;
  cluster(): Promise<Answer<readonly ClusterRow[]>>;
  placements(request: PlacementsRequest): Promise<Answer<PlacementList>>;
  clusterDeadLetters(system: string): Promise<Answer<ClusterDeadLetters>>;
}

/** More than a system can have: 1,000 pairs of types, and three senders of each type that are no types. */
const MAX_EDGES = "2000";
/** Placements of a page, and dead letters at a time. */
const PLACEMENTS = "50";
const LETTERS = "50";

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
  interactions: async (system) => {
    const answer = await getJson<Interactions>(
      `interactions?${queryOf({ system, limit: MAX_EDGES })}`,
    );
    return answer.value === null ? answer : { value: answer.value.systems, problem: null };
  },
  keyTypes: async () => {
    const answer = await getJson<{ types: readonly KeyedTypeRow[] }>("key-types");
    return answer.value === null ? answer : { value: answer.value.types, problem: null };
  },
  keys: (request) => getJson<KeyList>(`keys?${queryOf({ ...request, limit: `${request.limit}` })}`),
  key: (id, system) => getJson<KeyDetail>(`keys/${encodeURIComponent(id)}?${queryOf({ system })}`),
  connections: (id, system) =>
    getJson<ConnectionList>(`connections/${encodeURIComponent(id)}?${queryOf({ system })}`),
  cluster: async () => {
    const answer = await getJson<Clusters>("cluster");
    return answer.value === null ? answer : { value: answer.value.clusters, problem: null };
  },
  placements: (request) =>
    getJson<PlacementList>(`cluster/placements?${queryOf({ ...request, limit: PLACEMENTS })}`),
  clusterDeadLetters: (system) =>
    getJson<ClusterDeadLetters>(`cluster/dead-letters?${queryOf({ system, limit: LETTERS })}`),
};

/** Returns a query without its empty parameters. */
function queryOf(parameters: Readonly<Record<string, string>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== "");
  return new URLSearchParams(given).toString();
}

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

const NO_CLUSTER = "files contain nothing of clusters";
const NO_KEYS = "files contain no stored keys";

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
    interactions: () => found<readonly SystemInteractions[]>(null, "files contain no map"),
    keyTypes: () => found<readonly KeyedTypeRow[]>(null, NO_KEYS),
    keys: () => found<KeyList>(null, NO_KEYS),
    key: () => found<KeyDetail>(null, NO_KEYS),
    connections: () => found<ConnectionList>(null, "files contain only the number of connections"),
    cluster: () => found<readonly ClusterRow[]>(null, NO_CLUSTER),
    placements: () => found<PlacementList>(null, NO_CLUSTER),
    clusterDeadLetters: () => found<ClusterDeadLetters>(null, NO_CLUSTER),
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
