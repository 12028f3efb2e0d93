import { countText, durationText, percentText, plural, rateText } from "../../viewer/format.ts";
import { Condition, conditionOf } from "../../wire/condition.ts";
import type { Deadlock } from "../../wire/snapshot.ts";
import {
  fitLine,
  line,
  type Span,
  type StyledLine,
  span,
  spread,
  Tone,
} from "../text/styled-line.ts";
import { toneOf } from "./condition-tone.ts";
import type { ScreenParts } from "./screen-parts.ts";

/** Totals of the visible systems. */
interface Sums {
  actors: number;
  /** Number of actors by condition. */
  readonly conditions: Map<Condition, number>;
  /** Including stuck handlers. */
  warnings: number;
  rate: number;
  queued: number;
  uptimeMs: number;
  loop: number;
  /** By id, because each system that a deadlock involves reports it. */
  readonly deadlocks: Map<string, Deadlock>;
}

/** Returns two lines of summary, and a third one while there is a deadlock. */
export function headerLines(parts: ScreenParts, width: number): readonly StyledLine[] {
  const [first = line(), second = line(), ...others] = summaryLines(parts);
  return [
    spread(first, line(connectionSpan(parts)), width),
    spread(second, line(span(`${parts.state.rateHz} Hz`, Tone.Dim)), width),
    ...others.map((each) => fitLine(each, width)),
  ];
}

/** Returns the summary without truncation and without the viewer's own state. */
export function summaryLines(parts: ScreenParts): readonly StyledLine[] {
  const sums = sumUp(parts);
  const names = [...parts.model.systems.keys()];
  const shown = parts.state.system ?? (names.length === 1 ? names[0] : `${names.length} systems`);
  const first = line(
    span("limelight top ", Tone.Strong),
    span(`${names.length === 0 ? "" : (shown ?? "")}  `),
    span(plural(sums.actors, "actor"), Tone.Strong),
    ...[Condition.Busy, Condition.Restarting, Condition.Stuck, Condition.Failed].map((condition) =>
      conditionCount(condition, sums),
    ),
  );
  const second = line(
    span(`${rateText(sums.rate)} msg/s`),
    span(`  ${countText(sums.queued)} queued`),
    span(`  up ${durationText(sums.uptimeMs)}`),
    span(`  loop ${percentText(sums.loop)}`),
    ...(sums.warnings > 0 ? [span(`  ${plural(sums.warnings, "warning")} (w)`, Tone.Warn)] : []),
  );
  const banner = deadlockBanner([...sums.deadlocks.values()], parts);
  return banner === undefined ? [first, second] : [first, second, line(banner)];
}

function conditionCount(condition: Condition, { conditions }: Sums): Span {
  const count = conditions.get(condition) ?? 0;
  return span(`  ${countText(count)} ${condition}`, count > 0 ? toneOf(condition) : Tone.Dim);
}

function sumUp({ model, state: view, findings }: ScreenParts): Sums {
  const sums: Sums = {
    actors: 0,
    conditions: new Map(),
    warnings: 0,
    rate: 0,
    queued: 0,
    uptimeMs: 0,
    loop: 0,
    deadlocks: new Map(),
  };
  for (const { name, state, entries, handledRate } of model.systems.values()) {
    // Systems of a process share its event loop.
    sums.loop = Math.max(sums.loop, state.eventLoop.utilization);
    if (view.system !== undefined && view.system !== name) continue;
    sums.actors += state.totals.active;
    sums.warnings += state.warnings.length + state.stuck.length;
    sums.rate += handledRate;
    sums.queued += state.totals.waiting;
    sums.uptimeMs = Math.max(sums.uptimeMs, state.uptimeMs);
    for (const deadlock of state.deadlocks) sums.deadlocks.set(deadlock.id, deadlock);
    for (const { row } of entries.values()) {
      const condition = conditionOf(row, findings);
      sums.conditions.set(condition, (sums.conditions.get(condition) ?? 0) + 1);
    }
  }
  return sums;
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

/** Returns the cycle of waits, and whether it ends by itself. */
export function cycleText(
  { members, untilAtMs, blocked }: Deadlock,
  { glyphs, model }: Pick<ScreenParts, "glyphs" | "model">,
): string {
  const ids = members.map(({ id }) => id);
  const circle = [...ids, ids[0] ?? ""].join(` ${glyphs.arrow} `);
  const others = blocked > 0 ? `, ${blocked} more blocked` : "";
  if (untilAtMs === null) return `${circle} (permanent${others})`;
  return `${circle} (ends in ${durationText(untilAtMs - model.capturedAtMs)}${others})`;
}
