import type { Subject } from "./subject.ts";
import { WorkId } from "./works/work.ts";

/** Evidence that a subject is in the mode it is measured for: a span that is not made costs nothing. */
export interface Proof {
  /** Least and most recorded spans a message. An ask may have two, a tell a linked one. */
  readonly spansPerMessage?: readonly [least: number, most: number];
  /** Whether metrics with data must come out at the end. */
  readonly metrics?: true;
}

/** Who is measured, with which works, and how a process loads each. */
export interface SubjectEntry {
  readonly id: string;
  readonly label: string;
  /** The npm package it needs; undefined for what the root package holds. */
  readonly peer?: string;
  /** The folder of the bench whose `package.json` names that package, if not the bench itself. */
  readonly peerFolder?: string;
  /** Runs the receiver on the sender's stack: no queue, no fairness, so not comparable. */
  readonly onSendersStack?: true;
  /** Left out unless `--rivetkit` asks for it. */
  readonly optIn?: true;
  readonly works: readonly WorkId[];
  /** What must be seen beside the times for them to count. */
  readonly proof?: Proof;
  load(): Promise<Subject>;
}

const { Spawn, Tell, TellBursts, Ask, Ask100, FanOut, PingPong, SpawnStop, TellDistinct } = WorkId;
/** The works whose operations are messages. */
export const messages: readonly WorkId[] = [Tell, Ask, Ask100, FanOut, PingPong];
const whole: readonly WorkId[] = [Spawn, ...messages, SpawnStop];

/** The subject that all ratios are to. */
export const REFERENCE = "plain";

export const catalogue: readonly SubjectEntry[] = [
  {
    id: REFERENCE,
    label: "plain: microtask mailbox",
    works: [...whole, TellBursts, TellDistinct],
    load: async () => (await import("./subjects/plain.ts")).plain(),
  },
  {
    id: "limelight-off",
    label: "limelight: telemetry off",
    works: [...whole, TellBursts],
    load: async () => (await import("./subjects/limelight.ts")).limelightOff(),
  },
  {
    id: "limelight-on",
    label: "limelight: metrics on (default)",
    works: [...whole, TellBursts],
    proof: { metrics: true },
    load: async () => (await import("./subjects/limelight.ts")).limelightMetrics(),
  },
  {
    id: "limelight-carry",
    label: "limelight: metrics, a carried store",
    works: messages,
    proof: { metrics: true },
    load: async () => (await import("./subjects/limelight.ts")).limelightCarrying(),
  },
  {
    id: "limelight-unsampled",
    label: "limelight: metrics, unsampled context",
    works: [...messages, TellDistinct],
    proof: { spansPerMessage: [0, 0], metrics: true },
    load: async () => (await import("./subjects/limelight.ts")).limelightUnsampled(),
  },
  {
    id: "limelight-1pc",
    label: "limelight: metrics, 1 % sampled",
    works: messages,
    proof: { spansPerMessage: [0.003, 0.03], metrics: true },
    load: async () => (await import("./subjects/limelight.ts")).limelightOnePercent(),
  },
  {
    id: "limelight-sampled",
    label: "limelight: metrics, fully sampled",
    works: whole,
    proof: { spansPerMessage: [1, 3], metrics: true },
    load: async () => (await import("./subjects/limelight.ts")).limelightSampled(),
  },
  {
    id: "limelight-sampled-sdk",
    label: "limelight: metrics, fully sampled, spans of the SDK",
    works: messages,
    proof: { spansPerMessage: [1, 3], metrics: true },
    load: async () => (await import("./subjects/limelight.ts")).limelightSampledBySdk(),
  },
  {
    id: "keyed-reading",
    label: "keyed, before_reply: reading asks",
    works: [Ask, Ask100, SpawnStop],
    proof: { metrics: true },
    load: async () => (await import("./subjects/keyed.ts")).keyedReading(),
  },
  {
    id: "keyed-reading-interval",
    label: "keyed, interval: reading asks",
    works: [Ask, Ask100],
    proof: { metrics: true },
    load: async () => (await import("./subjects/keyed.ts")).keyedReadingInterval(),
  },
  {
    id: "keyed-changing-interval",
    label: "keyed, interval: changing asks",
    works: [Ask, Ask100],
    proof: { metrics: true },
    load: async () => (await import("./subjects/keyed.ts")).keyedChangingInterval(),
  },
  {
    id: "keyed-changing",
    label: "keyed, before_reply: changing asks",
    works: [Ask, Ask100],
    proof: { metrics: true },
    load: async () => (await import("./subjects/keyed.ts")).keyedChanging(),
  },
  {
    id: "plain-span",
    label: "plain + SDK span, always on",
    works: messages,
    proof: { spansPerMessage: [1, 2] },
    load: async () => (await import("./subjects/plain-telemetry.ts")).plainWithEverySpan(),
  },
  {
    id: "plain-span-1pc",
    label: "plain + SDK span, 1 %",
    works: messages,
    proof: { spansPerMessage: [0.003, 0.03] },
    load: async () => (await import("./subjects/plain-telemetry.ts")).plainWithSampledSpans(),
  },
  {
    id: "plain-instruments",
    label: "plain + SDK instruments",
    works: messages,
    proof: { metrics: true },
    load: async () => (await import("./subjects/plain-telemetry.ts")).plainWithInstruments(),
  },
  {
    id: "plain-context",
    label: "plain + context.with",
    works: [TellDistinct],
    load: async () => (await import("./subjects/plain-telemetry.ts")).plainWithContext(),
  },
  { id: "nact", label: "nact", peer: "nact", works: whole, load: peer("nact") },
  {
    id: "effect",
    label: "effect (Queue + Fiber)",
    peer: "effect",
    works: whole,
    load: peer("effect-queue", "queueAndFiber"),
  },
  {
    id: "effect-unsafe",
    label: "effect (offerUnsafe + takeAll)",
    peer: "effect",
    works: messages,
    load: peer("effect-queue", "unsafeAndBatched"),
  },
  {
    id: "effect-cluster",
    label: "effect (cluster Entity)",
    peer: "effect",
    works: [Spawn, ...messages],
    load: peer("effect-cluster"),
  },
  {
    id: "comedy",
    label: "comedy (in-memory)",
    peer: "comedy",
    works: whole,
    load: peer("comedy"),
  },
  {
    id: "util-actor",
    label: "@onflow/util-actor",
    peer: "@onflow/util-actor",
    works: whole,
    load: peer("util-actor"),
  },
  {
    id: "rivetkit",
    label: "rivetkit (local engine)",
    peer: "rivetkit",
    peerFolder: "peers/rivetkit/",
    optIn: true,
    works: [Tell, Ask, Ask100],
    load: peer("rivetkit/subject"),
  },
  {
    id: "xstate-transition",
    label: "xstate (fromTransition)",
    peer: "xstate",
    onSendersStack: true,
    works: whole,
    load: peer("xstate", "transition"),
  },
  {
    id: "xstate-machine",
    label: "xstate (machine)",
    peer: "xstate",
    onSendersStack: true,
    works: whole,
    load: peer("xstate", "machine"),
  },
  {
    id: "moleculer",
    label: "moleculer (local call, emit)",
    peer: "moleculer",
    onSendersStack: true,
    works: whole,
    load: peer("moleculer"),
  },
];

export function subjectEntry(id: string): SubjectEntry {
  const entry = catalogue.find((candidate) => candidate.id === id);
  if (entry === undefined) throw new RangeError(`no subject is called ${id}`);
  return entry;
}

/** A file of `peers/`: loaded by path, so that type-checking the bench needs no peer installed. */
function peer(file: string, variant = "subject"): () => Promise<Subject> {
  return async () => {
    const path = new URL(`peers/${file}.ts`, import.meta.url);
    const exports: Record<string, () => Subject | Promise<Subject>> = await import(path.href);
    const create = exports[variant];
    if (create === undefined) throw new RangeError(`${file} exports no ${variant}`);
    return create();
  };
}
