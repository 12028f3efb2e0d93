import { planStreams } from "../nats/stream-plan.ts";
import type { NatsSettings } from "../nats-client/nats-options.ts";
import { streamNames } from "../nats-store/streams.ts";
import { DEFAULT_TIMINGS } from "../protocol/timings.ts";

/** The subjects of a user of the server. */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

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

/** Returns the least that a node of a cluster needs. All nodes of a namespace need the same, apart from their inboxes. */
export function permissionsOf(settings: NatsSettings): NatsPermissions {
  const { namespace, inboxPrefix } = settings;
  const bus = `ll.${namespace}.bus.>`;
  const ofStreams = streamsOf(settings).flatMap(([name, prefix]) => [
    ...["CREATE", "INFO", "PURGE", "MSG.GET", "MSG.DELETE"].map(
      (operation) => `$JS.API.STREAM.${operation}.${name}`,
    ),
    `$JS.API.CONSUMER.CREATE.${name}`,
    `$JS.API.CONSUMER.CREATE.${name}.>`,
    ...["INFO", "DELETE", "MSG.NEXT"].map((operation) => `$JS.API.CONSUMER.${operation}.${name}.*`),
    `$JS.ACK.${name}.>`,
    `$JS.ACK.*.*.${name}.>`,
    `${prefix}.>`,
  ]);
  return {
    publish: ["$JS.API.INFO", "$JS.FC.>", "$SYS.REQ.USER.INFO", bus, ...ofStreams],
    subscribe: [`${inboxPrefix}.>`, bus],
  };
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
