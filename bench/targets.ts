import { REFERENCE } from "./catalogue.ts";
import type { Pair } from "./harness/samples.ts";
import { WorkId } from "./works/work.ts";

/** What limelight must reach, as data. Below a floor `--check` fails; a goal is only printed. */
export interface RatioTarget {
  readonly what: string;
  readonly pair: Pair;
  /** Its CPU time an operation is divided by the pair's: higher is better. */
  readonly versus: Pair;
  readonly floor?: number;
  readonly goal: number;
}

const { Spawn, Tell, Ask, Ask100, FanOut, PingPong, SpawnStop, TellDistinct } = WorkId;

/** Rows of the table of targets: `[work, floor, goal]` against the plain mailbox doing the same. */
const toReference = (
  subject: string,
  rows: readonly (readonly [work: WorkId, floor: number | undefined, goal: number])[],
): readonly RatioTarget[] =>
  rows.map(([work, floor, goal]) => ({
    what: work,
    pair: { subject, work },
    versus: { subject: REFERENCE, work },
    ...(floor !== undefined && { floor }),
    goal,
  }));

const unsampledParent = [
  [Tell, 0.45, 0.6],
  [Ask, 0.5, 0.65],
  [Ask100, 0.5, 0.65],
  [FanOut, 0.4, 0.6],
  [PingPong, 0.35, 0.55],
] as const;

const onePercent = [
  [Tell, 0.3, 0.45],
  [Ask, 0.45, 0.65],
  [Ask100, 0.4, 0.6],
  [FanOut, 0.4, 0.6],
  [PingPong, 0.3, 0.5],
] as const;

const versusOff = (work: WorkId): RatioTarget => ({
  what: `${work}, against telemetry off`,
  pair: { subject: "limelight-on", work },
  versus: { subject: "limelight-off", work },
  floor: 0.8,
  goal: 0.9,
});

/** A recorded message costs no more than the SDK's own span around a plain handler. */
const versusNaiveSpan = (work: WorkId): RatioTarget => ({
  what: `${work}, against plain + SDK span`,
  pair: { subject: "limelight-sampled", work },
  versus: { subject: "plain-span", work },
  floor: 1,
  goal: 2.5,
});

/** Keyed actors beside ordinary ones, with the same telemetry. `mode` names when changes are saved. */
const versusSpawned = (
  subject: string,
  mode: string,
  rows: readonly (readonly [work: WorkId, floor: number | undefined, goal: number])[],
): readonly RatioTarget[] =>
  rows.map(([work, floor, goal]) => ({
    what: `${work}, ${mode}, against a spawned actor`,
    pair: { subject, work },
    versus: { subject: "limelight-on", work },
    ...(floor !== undefined && { floor }),
    goal,
  }));

/** An ask that changes nothing takes at most 1.15 times as long as one to a spawned actor. */
const READING = 0.87;

const keyedTargets: readonly RatioTarget[] = [
  ...versusSpawned("keyed-reading-interval", "no change", [
    [Ask, 0.5, READING],
    [Ask100, 0.6, READING],
  ]),
  ...versusSpawned("keyed-reading", "no change", [
    [Ask, 0.35, READING],
    [Ask100, 0.5, READING],
    [SpawnStop, 0.005, 0.1],
  ]),
  ...versusSpawned("keyed-changing-interval", "change saved later", [
    [Ask, 0.4, READING],
    [Ask100, 0.5, READING],
  ]),
  // Each ask waits for a commit: there is no goal to compare it with.
  ...versusSpawned("keyed-changing", "change saved before the reply", [
    [Ask, 0.02, 0.1],
    [Ask100, 0.3, 0.6],
  ]),
];

export const ratioTargets: readonly RatioTarget[] = [
  ...toReference("limelight-on", [
    [Tell, 0.4, 0.65],
    [Ask, 0.4, 0.6],
    [Ask100, 0.45, 0.7],
    [FanOut, 0.4, 0.7],
    [PingPong, 0.4, 0.6],
    [Spawn, 0.15, 0.3],
    [SpawnStop, 0.15, 0.35],
  ]),
  ...[Tell, Ask, FanOut].map(versusOff),
  ...toReference("limelight-unsampled", [...unsampledParent, [TellDistinct, 0.15, 0.4]]),
  // The reference of tell-distinct changes its context too. This row is the stricter reading.
  {
    what: "tell-distinct, against plain tell",
    pair: { subject: "limelight-unsampled", work: TellDistinct },
    versus: { subject: REFERENCE, work: Tell },
    goal: 0.4,
  },
  ...toReference("limelight-1pc", onePercent),
  ...[Tell, Ask, FanOut].map(versusNaiveSpan),
  ...toReference("limelight-sampled", [
    [Tell, 0.06, 0.09],
    [Ask, 0.12, 0.2],
    [Ask100, 0.1, 0.18],
    [FanOut, 0.05, 0.08],
    [PingPong, 0.07, 0.1],
  ]),
  ...keyedTargets,
];

const versusPeer = (peer: string, work: WorkId, floor: number, goal: number): RatioTarget => ({
  what: `${work}, against ${peer}`,
  pair: { subject: "limelight-on", work },
  versus: { subject: peer, work },
  floor,
  goal,
});

/** Checked where the peers are measured: in the full run, and by `--peers-check`. */
export const peerTargets: readonly RatioTarget[] = [
  versusPeer("nact", Tell, 10, 10),
  versusPeer("effect", Tell, 10, 10),
  versusPeer("comedy", Tell, 10, 10),
  versusPeer("nact", Ask, 4, 8),
  versusPeer("effect", Ask, 4, 8),
  versusPeer("comedy", Ask, 4, 4),
];

/** Upper bounds: above the floor fails. */
export const idleActorTarget: {
  readonly pair: Pair;
  readonly floorBytes: number;
  readonly goalBytes: number;
} = { pair: { subject: "limelight-on", work: Spawn }, floorBytes: 512, goalBytes: 320 };

export const latenessTarget = { p99Ms: 20 } as const;
