import { Condition } from "../../wire/condition.ts";
import { decodePercent, readActorId } from "./actor-id.ts";
import { CLUSTER_ROUTES } from "./cluster-routes.ts";
import {
  actorId,
  amount,
  anyOf,
  choice,
  count,
  flag,
  keyText,
  level,
  type Parameter,
  requiredText,
  text,
} from "./query.ts";
import { type ReadRoute, route } from "./read-route.ts";

const ACTOR = actorId("id of an actor");

/**
 * All resources that can be read. The HTTP routes, the OpenAPI document and the MCP tools are derived from
 * this table.
 */
export const READ_ROUTES: readonly ReadRoute[] = [
  route({
    path: "/api/summary",
    name: "summary",
    summary:
      "Whether all is well: the process, its systems with totals and findings, and what is kept.",
    query: {},
    answer: "Summary",
    read: (reads) => reads.summary(),
  }),
  route({
    path: "/api/actors",
    name: "actors",
    summary: "The actors of all systems with state, mailbox, waits and supervision.",
    query: {
      system: text("name of a system"),
      type: text("type of actor"),
      state: text("starting, running, restarting, stopping or stopped"),
      condition: anyOf("how they are doing; problem: the conditions that need attention", [
        ...Object.values(Condition),
        "problem",
      ]),
      q: text("part of an id or name, whatever its case"),
      limit: count("actors of each system", 10_000, 1_000_000),
    },
    answer: "Actors",
    read: (reads, query) => reads.actors(query),
  }),
  route({
    path: "/api/actors/{id}",
    name: "actor",
    summary:
      "One actor: who waits for it, its type's counts, last failures and traces, and maybe its state.",
    query: {},
    id: "id of the actor; its slash may be written as %2F",
    answer: "ActorDetail",
    read: (reads, _query, id) => reads.actor(readActorId(id)),
  }),
  route({
    path: "/api/traces",
    name: "traces",
    summary: "The last traces.",
    query: {
      type: text("that touched an actor of this type"),
      actor: actorId("that touched this actor, by its id"),
      error: flag("only those with an error"),
      min_ms: amount("that took at least so many milliseconds"),
      sort: choice(
        "recent: newest first; duration: longest first",
        ["recent", "duration"],
        "recent",
      ),
      limit: count("traces", 100, 10_000),
    },
    answer: "Traces",
    read: (reads, { min_ms, ...query }) => reads.traces({ ...query, minMs: min_ms }),
  }),
  route({
    path: "/api/traces/{id}",
    name: "trace",
    summary: "One trace: its spans, and the log lines written in it.",
    query: {},
    id: "id of the trace: 32 hexadecimal digits",
    answer: "TraceDetail",
    read: (reads, _query, id) => reads.trace(id),
  }),
  route({
    path: "/api/logs",
    name: "logs",
    summary: "The last log lines, oldest first.",
    query: {
      level: level(
        "this level or a higher one: trace, debug, info, warn, error, fatal, or its number",
      ),
      actor: ACTOR,
      trace: text("id of a trace"),
      after: amount("only lines of a higher sequence"),
      limit: count("lines, the newest", 200, 10_000),
    },
    answer: "Logs",
    read: (reads, query) => reads.logs(query),
  }),
  route({
    path: "/api/waits",
    name: "waits",
    summary: "Waits between actors, deadlocks and stuck handlers.",
    query: {},
    answer: "Waits",
    read: (reads) => reads.waits(),
  }),
  route({
    path: "/api/warnings",
    name: "warnings",
    summary: "What needs attention, with advice.",
    query: {},
    answer: "Warnings",
    read: (reads) => reads.warnings(),
  }),
  route({
    path: "/api/interactions",
    name: "interactions",
    summary:
      "Who talks to whom, by type of actor: messages, failures and ask times of each pair, in all and in the last minute.",
    query: {
      system: text("name of a system"),
      type: text("type of actor that sends or receives"),
      limit: count(
        "edges of each system, those with the most messages in the last minute",
        1_000,
        10_000,
      ),
    },
    answer: "Interactions",
    read: (reads, query) => reads.interactions(query),
  }),
  route({
    path: "/api/key-types",
    name: "key_types",
    summary: "The types of keyed actors, and how many of each are awake and asleep.",
    query: {},
    stored: true,
    answer: "KeyedTypes",
    read: (reads) => reads.keys.types(),
  }),
  route({
    path: "/api/keys",
    name: "list_keys",
    summary: "The stored keys of a type, in order and page by page; no actor is woken.",
    query: {
      type: requiredText("type of the keyed actors"),
      system: text("name of the system; without it the first one that defines the type"),
      prefix: keyText("what the text of the key begins with"),
      state: anyOf("only actors in memory, or only those that are not", ["awake", "asleep"]),
      cursor: keyText("`cursor` of the page before"),
      limit: count("keys of the page", 100, 1_000),
    },
    stored: true,
    answer: "KeyList",
    read: (reads, query) => reads.keys.list(query),
  }),
  route({
    path: "/api/keys/{id}",
    name: "read_key",
    summary:
      "One key: schedules, queues, last start, why it is awake, and maybe its stored state; it is not woken.",
    query: { system: text("name of the system; without it the first one that defines the type") },
    id: "id of the key, as in the list; its slash may be written as %2F",
    stored: true,
    answer: "KeyDetail",
    read: (reads, { system }, id) => reads.keys.read(id, system),
  }),
  route({
    path: "/api/connections/{id}",
    name: "connections",
    summary:
      "The connections of clients to one key, oldest first: since when, subscriptions, events sent and dropped.",
    query: {
      system: text("name of the system; without it the first one that defines the type"),
      limit: count("connections, the oldest", 100, 1_000),
    },
    id: "id of the key, as in the list; its slash may be written as %2F",
    stored: true,
    answer: "ConnectionList",
    read: (reads, query, id) => reads.keys.connections(id, query),
  }),
  ...CLUSTER_ROUTES,
  route({
    path: "/api/metrics",
    name: "metrics",
    summary: "The metrics of the catalogue with their values now.",
    query: {},
    answer: "Metrics",
    read: (reads) => reads.metrics(),
  }),
];

/** Parameters of the event stream. */
export const EVENTS_QUERY: {
  readonly rate: Parameter<number | undefined>;
  readonly last: Parameter<number | undefined>;
} = {
  rate: amount("frames a second, at most 4"),
  last: amount("the last frame the viewer had, where it cannot send Last-Event-ID"),
};

/** Returns the route that matches a path, and the value of its placeholder. */
export function findReadRoute(
  path: string,
): { readonly route: ReadRoute; readonly id: string } | undefined {
  for (const candidate of READ_ROUTES) {
    const start = candidate.path.replace("{id}", "");
    const rest = path.slice(start.length);
    // The rest may contain slashes: ids contain one, and proxies decode `%2F`.
    if (!path.startsWith(start) || (rest === "") !== (candidate.id === undefined)) continue;
    const id = decodePercent(rest);
    if (id !== undefined) return { route: candidate, id };
  }
  return undefined;
}
