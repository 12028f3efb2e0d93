import { logPrefix } from "../nats/stream-plan.ts";
import type { NatsSettings } from "../nats-client/nats-options.ts";
import { isDenied } from "../nats-client/uplink.ts";
import type { Examination } from "./examine-nats.ts";
import { type Finding, ok, problem, Topic } from "./finding.ts";
import { permissionsOf, streamsOf } from "./permissions.ts";

/** Of streams, consumers and keys that are not there. */
const PROBE = "doctor-probe";
/** No message has this sequence, so that nothing is stored or deleted. */
const IMPOSSIBLE_SEQUENCE = 2 ** 40;

/**
 * Examines whether everything that nodes publish to and listen to is permitted. Each subject is tried with a request that
 * cannot have an effect; what the server answers does not matter, unless it denies the subject.
 */
export async function examinePermissions(examination: Examination): Promise<readonly Finding[]> {
  const denied: string[] = [];
  for (const [subject, body, headers] of probes(examination)) {
    const isDenied = await isPublishDenied(examination, subject, body, headers);
    if (isDenied) denied.push(subject);
  }
  const findings = denied.map((subject) =>
    problem(Topic.Permissions, `publishing to ${subject} is denied`, "permit it to the user"),
  );
  const isHeard = await isBusHeard(examination);
  if (!isHeard) {
    const bus = `${logPrefix(examination.settings.namespace, "bus")}.>`;
    const text = `messages over ${bus} do not arrive`;
    findings.push(problem(Topic.Permissions, text, "permit to publish and to subscribe to it"));
  }
  if (findings.length > 0) return findings;
  return [ok(Topic.Permissions, "everything that a node does is permitted")];
}

type Probe = readonly [subject: string, body: object, headers?: Readonly<Record<string, string>>];

/** Returns what the role needs of all that can be tried. */
function probes({ settings, role }: Examination): readonly Probe[] {
  const { publish } = permissionsOf(settings, role);
  return allProbes(settings).filter(([subject]) =>
    publish.some((pattern) => matches(pattern, subject)),
  );
}

/** Whether a pattern of the server covers a subject: `*` is one token, `>` the rest. */
function matches(pattern: string, subject: string): boolean {
  const tokens = subject.split(".");
  const parts = pattern.split(".");
  const rest = parts.at(-1) === ">" ? parts.length - 1 : undefined;
  if (rest === undefined ? parts.length !== tokens.length : tokens.length <= rest) return false;
  return parts.slice(0, rest).every((part, at) => part === "*" || part === tokens[at]);
}

function allProbes(settings: NatsSettings): readonly Probe[] {
  const all: Probe[] = [];
  const impossible = { "Nats-Expected-Last-Sequence": String(IMPOSSIBLE_SEQUENCE) };
  for (const [name, prefix] of streamsOf(settings)) {
    const api = (operation: string, rest = ""): string => `$JS.API.${operation}.${name}${rest}`;
    all.push(
      [api("STREAM.CREATE"), {}],
      [api("STREAM.INFO"), {}],
      [api("STREAM.PURGE"), { filter: PROBE }],
      [api("STREAM.MSG.GET"), { seq: IMPOSSIBLE_SEQUENCE }],
      [api("STREAM.MSG.DELETE"), { seq: IMPOSSIBLE_SEQUENCE }],
      [api("CONSUMER.CREATE"), {}],
      [api("CONSUMER.CREATE", `.${PROBE}.${PROBE}`), {}],
      [api("CONSUMER.INFO", `.${PROBE}`), {}],
      [api("CONSUMER.DELETE", `.${PROBE}`), {}],
      [api("CONSUMER.MSG.NEXT", `.${PROBE}`), {}],
      [`$JS.ACK.${name}.${PROBE}.1.1.1.1.0`, {}],
      [`${prefix}.${PROBE}`, {}, impossible],
    );
  }
  return all;
}

/** Silence is no denial: old servers do not answer for consumers that are not there. */
const PROBE_MS = 500;

async function isPublishDenied(
  { uplink }: Examination,
  subject: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  try {
    const message = { subject, headers, body: Buffer.from(JSON.stringify(body)) };
    await uplink.request(message, { timeoutMs: PROBE_MS });
    return false;
  } catch (error) {
    return isDenied(error);
  }
}

async function isBusHeard({ uplink, settings }: Examination): Promise<boolean> {
  const own = uplink.inbox().replace(/\W/g, "-");
  const subject = `${logPrefix(settings.namespace, "bus")}.view.${own}`; // all roles have it
  const subscription = uplink.subscribe(subject, (message) => {
    message.respond();
  });
  try {
    const message = { subject, headers: {}, body: new Uint8Array() };
    await uplink.request(message, { timeoutMs: settings.requestTimeoutMs });
    return true;
  } catch {
    return false;
  } finally {
    subscription.stop();
  }
}
