import { toError } from "../../base/errors.ts";
import type { StreamPlan } from "../nats/stream-plan.ts";
import { differences, type StreamConfig } from "../nats-client/ensure-stream.ts";
import { parseTimeMs } from "../nats-client/jetstream-api.ts";
import { ApiCode, isApiError } from "../nats-client/nats-errors.ts";
import { CHANGEABLE, recordStreams, streamNames } from "../nats-store/streams.ts";
import type { Examination } from "./examine-nats.ts";
import { examineRoom } from "./examine-room.ts";
import { type Finding, ok, problem, Topic, warning } from "./finding.ts";

/** From this share of a limit on, it is warned of. */
const HIGH_SHARE = 0.8;
/** From this share of its maximum age on, there is a warning about a message that was not acknowledged. */
const OLD_SHARE = 0.5;
const NANOS_PER_MS = 1_000_000;
/** The time of leases is chosen by the cluster. */
const AGES: ReadonlySet<string> = new Set(["max_age", "duplicate_window"]);
const NONE: ReadonlySet<string> = new Set();

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
  const missing: StreamConfig[] = [];
  for (const [wanted, ignored] of wantedOf(examination, plan)) {
    const stream = await readStream(examination, wanted.name);
    if (stream === undefined) missing.push(wanted);
    else if ("topic" in stream) findings.push(stream);
    else findings.push(...examineStream(wanted, stream, ignored, examination));
  }
  if (missing.length > 0) {
    const text = `${missing.map(({ name }) => name).join(", ")}: not there yet`;
    const neededBytes = missing.reduce((sum, each) => sum + Math.max(0, each.max_bytes), 0);
    findings.push(ok(Topic.Streams, `${text}, and created by the first process of the cluster`));
    findings.push(...(await examineRoom(examination, neededBytes)));
  }
  return findings;
}

/** Returns all streams of the cluster, with the fields of each that are not known here. */
function wantedOf(
  { settings }: Examination,
  plan: StreamPlan,
): readonly (readonly [wanted: StreamConfig, ignored: ReadonlySet<string>])[] {
  const { namespace, replicas, maxStreamBytes: maxBytes } = settings;
  const records = recordStreams(streamNames(namespace), { replicas, maxBytes });
  return [
    ...(Object.values(plan) as StreamConfig[]).map((wanted) => {
      return [wanted, wanted === plan.leases ? AGES : NONE] as const;
    }),
    ...records.map((wanted) => [wanted, CHANGEABLE] as const),
  ];
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
  ignored: ReadonlySet<string>,
  { clock }: Examination,
): readonly Finding[] {
  const { name } = wanted;
  const findings: Finding[] = [];
  const different = differences(wanted, stream.config, ignored);
  if (different.length > 0) {
    const remedy = `change it with \`nats stream edit ${name}\`, or give the options that the cluster uses`;
    findings.push(problem(Topic.Streams, `${name}: ${different.join("; ")}`, remedy));
  }
  findings.push(...examineCopies(name, stream), ...examineSpace(wanted, stream));
  const ageShare = ageShareOf(wanted, stream, clock.epochMs());
  if (ignored !== AGES && ageShare > OLD_SHARE) {
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
