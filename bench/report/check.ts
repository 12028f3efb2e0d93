import { type SubjectEntry, subjectEntry } from "../catalogue.ts";
import { median } from "../harness/measure.ts";
import type { Samples } from "../harness/samples.ts";
import { idleActorTarget, latenessTarget, type RatioTarget } from "../targets.ts";
import type { WorkId } from "../works/work.ts";
import { ratio } from "./units.ts";

/** One target held against what was measured. */
export interface Verdict {
  readonly what: string;
  /** Undefined when it was not measured. */
  readonly measured: string | undefined;
  readonly floor: string;
  readonly goal: string;
  readonly floorHeld: boolean;
  readonly goalReached: boolean;
}

/** Medians of pairwise ratios of CPU time, since the machine may be shared. */
export function judge(samples: Samples, targets: readonly RatioTarget[]): readonly Verdict[] {
  return targets.map(({ what, pair, versus, floor, goal }) => {
    const sameWork = versus.subject === "plain" && versus.work === pair.work;
    const ratios = sameWork
      ? samples.ratios(pair, ({ cpuNs }) => cpuNs)
      : samples.ratiosTo(pair, versus, ({ cpuNs }) => cpuNs);
    const value = ratios.length === 0 ? undefined : median(ratios);
    return {
      what: `${subjectEntry(pair.subject).label}: ${what}`,
      measured: value === undefined ? undefined : `${ratio(value)} (${spread(ratios)})`,
      floor: floor === undefined ? "none" : ratio(floor),
      goal: ratio(goal),
      floorHeld: floor === undefined || (value !== undefined && value >= floor),
      goalReached: value !== undefined && value >= goal,
    };
  });
}

function spread(ratios: readonly number[]): string {
  const low = ratio(Math.min(...ratios));
  const high = ratio(Math.max(...ratios));
  return `${low} to ${high}, ${ratios.length} ${ratios.length === 1 ? "pair" : "pairs"}`;
}

export function judgeIdleActor(samples: Samples): Verdict {
  const { pair, floorBytes, goalBytes } = idleActorTarget;
  const bytes = samples.median(pair, ({ bytesPerActor }) => bytesPerActor);
  return {
    what: `${subjectEntry(pair.subject).label}: heap of an idle actor, at most`,
    measured: bytes === undefined ? undefined : `${Math.round(bytes)} bytes`,
    floor: `${floorBytes} bytes`,
    goal: `${goalBytes} bytes`,
    floorHeld: bytes !== undefined && bytes <= floorBytes,
    goalReached: bytes !== undefined && bytes <= goalBytes,
  };
}

/** @param p99Ms undefined when it could not be measured */
export function judgeLateness(scenario: string, p99Ms: number | undefined): Verdict {
  const held = p99Ms !== undefined && p99Ms <= latenessTarget.p99Ms;
  return {
    what: `p99 lateness of a 10 ms timer, ${scenario}, at most`,
    measured: p99Ms === undefined ? undefined : `${p99Ms.toFixed(1)} ms`,
    floor: `${latenessTarget.p99Ms} ms`,
    goal: `${latenessTarget.p99Ms} ms`,
    floorHeld: held,
    goalReached: held,
  };
}

/** Whether any of the targets needs this measured. */
export function neededBy(
  targets: readonly RatioTarget[],
): (subject: SubjectEntry, work: WorkId) => boolean {
  const pairs = targets.flatMap(({ pair, versus }) => [pair, versus]);
  return ({ id }, work) => pairs.some((pair) => pair.subject === id && pair.work === work);
}
