import { toError } from "../../base/errors.ts";
import { differences } from "../nats/ensure-stream.ts";
import type { StreamConfig, StreamPlan } from "../nats/stream-plan.ts";
import { parseTimeMs } from "../nats-client/jetstream-api.ts";
import { ApiCode, isApiError } from "../nats-client/nats-errors.ts";
import { streamNames } from "../nats-store/streams.ts";
import type { Examination } from "./examine-nats.ts";
import { examineRoom } from "./examine-room.ts";
import { type Finding, ok, problem, Topic, warning } from "./finding.ts";

/** From this share of a limit on, it is warned of. */
const HIGH_SHARE = 0.8;
/** From this share of its maximum age on, there is a warning about a message that was not acknowledged. */
const OLD_SHARE = 0.5;
const NANOS_PER_MS = 1_000_000;

interface StreamAnswer {
  readonly config: Readonly<Record<string, unknown>>;
  readonly state: { readonly messages: number; readonly bytes: number; readonly first_ts: string };
  readonly cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly {
      readonly name: string;
      readonly offline?: boolean;
      readonly current: boolean;
    }[];
  };
}

/** Examines each stream of the cluster: whether it is there, as it should be, complete, and has space. */
export async function examineStreams(
  examination: Examination,
  plan: StreamPlan,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const missing: string[] = [];
  let neededBytes = 0;
  const lacks = (name: string, maxBytes: number): void => {
    missing.push(name);
    neededBytes += Math.max(0, maxBytes);
  };
  for (const wanted of Object.values(plan) as StreamConfig[]) {
    const stream = await readStream(examination, wanted.name);
    if (stream === undefined) lacks(wanted.name, wanted.max_bytes);
    else if ("topic" in stream) findings.push(stream);
    else findings.push(...examineStream(wanted, stream, wanted === plan.leases, examination));
  }
  const { namespace, maxStreamBytes } = examination.settings;
  const { records, index } = streamNames(namespace);
  for (const name of [records, index]) {
    const stream = await readStream(examination, name);
    if (stream === undefined) lacks(name, maxStreamBytes);
    else if ("topic" in stream) findings.push(stream);
    else findings.push(...examineStored(name, stream, examination));
  }
  if (missing.length > 0) {
    const text = `${missing.join(", ")}: not there yet`;
    findings.push(ok(Topic.Streams, `${text}, and created by the first process of the cluster`));
    findings.push(...(await examineRoom(examination, neededBytes)));
  }
  return findings;
}

async function readStream(
  { api }: Examination,
  name: string,
): Promise<StreamAnswer | Finding | undefined> {
  try {
    return await api.call<StreamAnswer>(`STREAM.INFO.${name}`, {});
  } catch (error) {
    if (isApiError(error, ApiCode.StreamNotFound)) return undefined;
    const text = `${name}: ${toError(error).message}`;
    return problem(
      Topic.Streams,
      text,
      "see the server's log, and whether the stream has a leader",
    );
  }
}

function examineStream(
  wanted: StreamConfig,
  stream: StreamAnswer,
  isLeases: boolean,
  { clock }: Examination,
): readonly Finding[] {
  const { name } = wanted;
  // The time of leases is chosen by the cluster, and not known here.
  const ignored: ReadonlySet<string> = new Set(isLeases ? ["max_age", "duplicate_window"] : []);
  const findings: Finding[] = [];
  const different = differences(wanted, stream.config, ignored);
  if (different.length > 0) {
    const remedy = `change it with \`nats stream edit ${name}\`, or give the options that the cluster uses`;
    findings.push(problem(Topic.Streams, `${name}: ${different.join("; ")}`, remedy));
  }
  findings.push(...examineCopies(name, stream), ...examineSpace(wanted, stream));
  const ageShare = ageShareOf(wanted, stream, clock.epochMs());
  if (!isLeases && ageShare > OLD_SHARE) {
    findings.push(
      warning(
        Topic.Streams,
        `${name}: its oldest message has been there for ${percent(ageShare)} of its maximum age`,
        "see which runner or coordinator does not acknowledge; the message is lost at 100 %",
      ),
    );
  }
  return findings.length > 0
    ? findings
    : [ok(Topic.Streams, `${name}: ${stream.state.messages} messages`)];
}

/** A stream of the records of actors, whose configuration the store checks by itself. */
function examineStored(
  name: string,
  stream: StreamAnswer,
  { settings }: Examination,
): readonly Finding[] {
  const { num_replicas: copies, max_bytes: maxBytes } = stream.config;
  const findings = [
    ...examineCopies(name, stream),
    ...examineSpace({ name, max_bytes: typeof maxBytes === "number" ? maxBytes : -1 }, stream),
  ];
  if (copies !== settings.replicas) {
    const text = `${name}: it has ${copies} copies, not ${settings.replicas}`;
    findings.push(problem(Topic.Streams, text, "give the option `replicas` that the cluster uses"));
  }
  return findings.length > 0
    ? findings
    : [ok(Topic.Streams, `${name}: ${stream.state.messages} messages`)];
}

function examineCopies(name: string, { cluster = {} }: StreamAnswer): readonly Finding[] {
  const behind = (cluster.replicas ?? []).filter(
    ({ current, offline = false }) => offline || !current,
  );
  if (behind.length === 0) return [];
  const servers = behind.map((copy) => copy.name).join(", ");
  const text = `${name}: its copies on ${servers} are offline or behind`;
  return [warning(Topic.Streams, text, "start these servers: the next failure stops all writes")];
}

function examineSpace(
  { name, max_bytes: maxBytes }: Pick<StreamConfig, "name" | "max_bytes">,
  { state }: StreamAnswer,
): readonly Finding[] {
  const share = state.bytes / maxBytes;
  if (maxBytes <= 0 || share < HIGH_SHARE) return [];
  const text = `${name}: ${percent(share)} of ${maxBytes} bytes are used`;
  return [warning(Topic.Streams, text, "raise `maxStreamBytes`, and `max_bytes` of the stream")];
}

function ageShareOf(
  { max_age: maxAge }: StreamConfig,
  { state }: StreamAnswer,
  nowMs: number,
): number {
  if (state.messages === 0 || maxAge === 0) return 0;
  return (nowMs - parseTimeMs(state.first_ts)) / (maxAge / NANOS_PER_MS);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
