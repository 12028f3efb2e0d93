import { keyPrefix, logPrefix, planStreams } from "../nats/stream-plan.ts";
import type { NatsSettings } from "../nats-client/nats-options.ts";
import { streamNames } from "../nats-store/streams.ts";
import { DEFAULT_TIMINGS } from "../protocol/timings.ts";

/** The subjects of a user of the server. */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/**
 * What a node does in its cluster, for the permissions of its user.
 *
 * @enum
 */
export const NodeRole = {
  /** It runs actors, and may become the coordinator. */
  Node: "node",
  /** It runs actors, with `cluster: { coordinator: false }`. */
  Runner: "runner",
  /** It only calls actors, with `cluster: { client: true }`. */
  Client: "client",
} as const;
export type NodeRole = (typeof NodeRole)[keyof typeof NodeRole];

/** Parts that the reply to one message may have, and how long they may take. */
const RESPONSES = { max: 100_000, ttl: "10m" };

/** Names of the streams of a cluster, with what their subjects begin with. */
export function streamsOf(settings: NatsSettings): readonly (readonly [string, string])[] {
  const { records, index, prefix } = streamNames(settings.namespace);
  const planned = Object.values(planStreams(settings, DEFAULT_TIMINGS.leaseTtlMs)).map(
    ({ name, subjects }) => [name, subjects[0]?.replace(/\.>$/, "") ?? ""] as const,
  );
  return [...planned, [records, `${prefix}records`], [index, `${prefix}index`]];
}

/**
 * Returns the least that a node needs. Runners cannot write placements, commands, or the lease of the coordinator, nor read
 * events; clients can read neither commands nor events, write nothing that is stored, and listen to no calls. What belongs to
 * one runner cannot be told from what belongs to another.
 */
export function permissionsOf(
  settings: NatsSettings,
  role: NodeRole = NodeRole.Node,
): NatsPermissions {
  const own = `${settings.inboxPrefix}.>`;
  const basic = ["$JS.API.INFO", "$JS.FC.>", "$SYS.REQ.USER.INFO"];
  const bus = (...subjects: readonly string[]): string[] =>
    subjects.map((subject) => `${logPrefix(settings.namespace, "bus")}.${subject}`);
  const calls = bus("place", "due", "call.*", "link.*", "stream.*", "view.*", "view-all");
  const answered = bus("view.*", "view-all");
  switch (role) {
    case NodeRole.Node: {
      const ofStreams = streamsOf(settings).flatMap(([name, prefix]) => allOf(name, prefix));
      return { publish: [...basic, ...bus(">"), ...ofStreams], subscribe: [own, ...bus(">")] };
    }
    case NodeRole.Runner: {
      const publish = [...basic, ...calls, ...readingOf(settings), ...writingOf(settings)];
      return {
        publish,
        subscribe: [own, ...answered, ...bus("call.*", "link.*", "stream.*", "control.*", "due")],
      };
    }
    case NodeRole.Client:
      return {
        publish: [...basic, ...calls, ...readingOf(settings)],
        subscribe: [own, ...answered],
      };
  }
}

function api(operations: readonly string[], stream: string): string[] {
  return operations.map((operation) => `$JS.API.${operation}.${stream}`);
}

/** Everything that is done with a stream. */
function allOf(stream: string, prefix: string): string[] {
  const operations = ["CREATE", "INFO", "PURGE", "MSG.GET", "MSG.DELETE"];
  return [
    ...api(
      operations.map((operation) => `STREAM.${operation}`),
      stream,
    ),
    ...consumingOf(stream),
    ...acknowledgingOf(stream),
    `${prefix}.>`,
  ];
}

/** A stream is created as it is, or not at all: no permission changes one that exists. */
function readingOf(settings: NatsSettings): string[] {
  const plan = planStreams(settings, DEFAULT_TIMINGS.leaseTtlMs);
  const { placements, runners, leases, commands, events } = plan;
  const { index } = streamNames(settings.namespace);
  const watched = [placements.name, runners.name, leases.name, index];
  const unread: readonly string[] = [commands.name, events.name];
  return [
    ...streamsOf(settings).flatMap(([name]) =>
      api(
        ["STREAM.CREATE", "STREAM.INFO", ...(unread.includes(name) ? [] : ["STREAM.MSG.GET"])],
        name,
      ),
    ),
    ...watched.flatMap(consumingOf),
  ];
}

/** What a runner writes, and how it takes its commands. */
function writingOf(settings: NatsSettings): string[] {
  const { namespace } = settings;
  const { commands, runners, leases } = planStreams(settings, DEFAULT_TIMINGS.leaseTtlMs);
  const { records, index, prefix } = streamNames(namespace);
  return [
    ...[runners.name, leases.name, records, index].flatMap((name) =>
      api(["STREAM.MSG.DELETE"], name),
    ),
    ...consumingOf(commands.name),
    ...acknowledgingOf(commands.name),
    ...api(["STREAM.MSG.GET"], commands.name), // to find out whether a missing command is still to come
    `${keyPrefix(leases.name.replace(/^KV_/, ""))}.r.*`,
    `${keyPrefix(runners.name.replace(/^KV_/, ""))}.*`,
    `${logPrefix(namespace, "evt")}.>`,
    `${logPrefix(namespace, "dlq")}.>`,
    `${prefix}records.>`,
    `${prefix}index.>`,
  ];
}

function consumingOf(stream: string): string[] {
  const named = ["INFO", "DELETE", "MSG.NEXT"].map((operation) => `CONSUMER.${operation}`);
  return [
    ...api(["CONSUMER.CREATE"], stream),
    ...api(["CONSUMER.CREATE"], `${stream}.>`),
    ...api(named, `${stream}.*`),
  ];
}

/** In both forms that servers have. */
function acknowledgingOf(stream: string): string[] {
  return [`$JS.ACK.${stream}.>`, `$JS.ACK.*.*.${stream}.>`];
}

/** Returns permissions as a block of the server's configuration. */
export function permissionsBlock({ publish, subscribe }: NatsPermissions): string {
  const list = (subjects: readonly string[]): string =>
    subjects.map((subject) => `    "${subject}"`).join("\n");
  return [
    "permissions {",
    `  publish { allow: [\n${list(publish)}\n  ] }`,
    `  subscribe { allow: [\n${list(subscribe)}\n  ] }`,
    `  allow_responses { max: ${RESPONSES.max}, ttl: "${RESPONSES.ttl}" }`,
    "}",
  ].join("\n");
}
