import type { Deadlock } from "../../wire/snapshot.ts";
import { Condition, conditionOf } from "../actors/condition.ts";
import { countText, durationText, percentText, rateText, shortCount } from "../text/number-text.ts";
import {
  fitLine,
  line,
  type Span,
  type StyledLine,
  span,
  spread,
  Tone,
} from "../text/styled-line.ts";
import type { ScreenParts } from "./screen-parts.ts";

/** What the systems in view amount to. */
interface Sums {
  actors: number;
  running: number;
  restarting: number;
  dead: number;
  stuck: number;
  warnings: number;
  rate: number;
  queued: number;
  uptimeMs: number;
  deadlocks: Deadlock[];
}

/** Two lines that say how it all is, and a third while anybody waits in a deadlock. */
export function headerLines(parts: ScreenParts, width: number): readonly StyledLine[] {
  const [first = line(), second = line(), ...others] = summaryLines(parts);
  return [
    spread(first, line(connectionSpan(parts)), width),
    spread(second, line(span(`${parts.state.rateHz} Hz`, Tone.Dim)), width),
    ...others.map((each) => fitLine(each, width)),
  ];
}

/** The same, as long as they are, without what is about the viewer itself. */
export function summaryLines(parts: ScreenParts): readonly StyledLine[] {
  const sums = sumUp(parts);
  const names = [...parts.live.systems.keys()];
  const shown = parts.state.system ?? (names.length === 1 ? names[0] : `${names.length} systems`);
  const first = line(
    span("limelight top ", Tone.Strong),
    span(`${names.length === 0 ? "" : (shown ?? "")}  `),
    span(`${countText(sums.actors)} ${plural("actor", sums.actors)}`, Tone.Strong),
    count(sums.running, "running", Tone.Good),
    count(sums.restarting, "restarting", sums.restarting > 0 ? Tone.Warn : Tone.Dim),
    count(sums.stuck, "stuck", sums.stuck > 0 ? Tone.Bad : Tone.Dim),
    count(sums.dead, "dead", sums.dead > 0 ? Tone.Bad : Tone.Dim),
  );
  const second = line(
    span(`${rateText(sums.rate)} msg/s`),
    span(`  ${shortCount(sums.queued)} queued`),
    span(`  up ${durationText(sums.uptimeMs)}`),
    span(`  loop ${percentText(loopOf(parts))}`),
    ...(sums.warnings > 0
      ? [span(`  ${sums.warnings} ${plural("warning", sums.warnings)} (w)`, Tone.Warn)]
      : []),
  );
  const banner = deadlockBanner(sums.deadlocks, parts);
  return banner === undefined ? [first, second] : [first, second, line(banner)];
}

function count(value: number, word: string, tone: Tone): Span {
  return span(`  ${countText(value)} ${word}`, tone);
}

function sumUp({ live, state, troubles }: ScreenParts): Sums {
  const sums: Sums = {
    actors: 0,
    running: 0,
    restarting: 0,
    dead: 0,
    stuck: 0,
    warnings: 0,
    rate: 0,
    queued: 0,
    uptimeMs: 0,
    deadlocks: [],
  };
  for (const [name, { snapshot, rate }] of live.systems) {
    if (state.system !== undefined && state.system !== name) continue;
    sums.actors += snapshot.totals.active;
    sums.stuck += snapshot.stuck.length;
    sums.warnings += snapshot.warnings.length;
    sums.rate += rate;
    sums.queued += snapshot.totals.waiting;
    sums.uptimeMs = Math.max(sums.uptimeMs, snapshot.uptimeMs);
    sums.deadlocks.push(...snapshot.deadlocks);
  }
  for (const actor of live.actors.values()) {
    if (state.system !== undefined && state.system !== actor.system) continue;
    if (actor.row.state === "running") sums.running += 1;
    else if (actor.row.state === "restarting") sums.restarting += 1;
    else if (conditionOf(actor, troubles) === Condition.Dead) sums.dead += 1;
  }
  // The same deadlock is told by each system it goes through.
  const byId = new Map(sums.deadlocks.map((deadlock) => [deadlock.id, deadlock]));
  sums.deadlocks = [...byId.values()];
  return sums;
}

function loopOf({ live }: ScreenParts): number {
  let most = 0;
  for (const { snapshot } of live.systems.values()) {
    most = Math.max(most, snapshot.eventLoop.utilization);
  }
  return most;
}

function connectionSpan({ connection }: ScreenParts): Span {
  switch (connection.kind) {
    case "connecting":
      return span("connecting", Tone.Warn);
    case "live":
      return span("live", Tone.Good);
    case "lost":
      return span(
        `LOST: ${connection.reason}, next try in ${durationText(connection.retryInMs)}`,
        Tone.Bad,
      );
  }
}

function deadlockBanner(deadlocks: readonly Deadlock[], parts: ScreenParts): Span | undefined {
  const [first, ...others] = deadlocks;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? "" : ` +${others.length} more`;
  return span(`DEADLOCK${more} ${cycleText(first, parts)}`, Tone.Alarm);
}

/** Who waits for whom, round to the first; and whether it ends by itself. */
export function cycleText(
  { members, untilAtMs, blocked }: Deadlock,
  { glyphs, troubles }: Pick<ScreenParts, "glyphs" | "troubles">,
): string {
  const ids = members.map(({ id }) => id);
  const circle = [...ids, ids[0] ?? ""].join(` ${glyphs.arrow} `);
  const held = blocked > 0 ? `, ${blocked} more held up` : "";
  if (untilAtMs === null) return `${circle} (permanent${held})`;
  return `${circle} (ends in ${durationText(untilAtMs - troubles.nowAtMs)}${held})`;
}

function plural(word: string, number: number): string {
  return number === 1 ? word : `${word}s`;
}
