import type { WaitRow } from "../../wire/snapshot.ts";
import { labelOf } from "../actors/actor-order.ts";
import { conditionOf, conditionTone, restartsInWindow } from "../actors/condition.ts";
import { HISTORY_POINTS } from "../actors/history.ts";
import type { LiveActor } from "../actors/live-actors.ts";
import { waitChain, waitersFor } from "../actors/waits.ts";
import { countText, durationText, percentText, rateText } from "../text/number-text.ts";
import { sparkline } from "../text/sparkline.ts";
import { type StyledLine, span, Tone } from "../text/styled-line.ts";
import { cycleText } from "./header-lines.ts";
import { InspectPage } from "./inspect-page.ts";
import { addFailure, addMessages } from "./inspect-tallies.ts";
import type { ScreenParts } from "./screen-parts.ts";
import { mailboxTone } from "./table-columns.ts";

const BAR_CELLS = 20;

/** All there is to say about an actor; more lines than the pane may show at once. */
export function inspectLines(
  actor: LiveActor,
  parts: ScreenParts,
  width: number,
): readonly StyledLine[] {
  const page = new InspectPage(width);
  addState(page, actor, parts);
  addWaits(page, actor, parts);
  addMailbox(page, actor, parts);
  addThroughput(page, actor, parts);
  addSupervision(page, actor, parts);
  addBelongings(page, actor, parts);
  addFailure(page, actor, parts);
  addMessages(page, actor, parts);
  return page.lines;
}

function addState(page: InspectPage, actor: LiveActor, { troubles }: ScreenParts): void {
  const { row, system } = actor;
  const condition = conditionOf(actor, troubles);
  const since = durationText(troubles.nowAtMs - row.spawnedAtMs);
  page.add(
    "actor",
    span(labelOf(actor), Tone.Strong),
    span(`  ${row.name === null ? "" : `${row.id}  `}type ${row.type}  in ${system}`, Tone.Dim),
  );
  page.add(
    "state",
    span(condition, conditionTone(condition)),
    span(`  ${row.awakeReason}  generation ${row.generation}  spawned ${since} ago`, Tone.Dim),
  );
  const { busy, stopped } = row;
  if (busy !== null) {
    const what = busy.messageType === null ? `${busy.phase} hook` : `${busy.messageType}`;
    const trace = busy.traceId === null ? "" : `  trace ${busy.traceId}`;
    const elapsed = durationText(troubles.nowAtMs - busy.sinceAtMs);
    page.addText("handling", `${what} for ${elapsed}${trace}`);
  }
  if (stopped !== null) {
    const ago = durationText(troubles.nowAtMs - stopped.atMs);
    page.addText("ended", `${ago} ago: ${stopped.reason}`);
  }
}

function addWaits(page: InspectPage, { row }: LiveActor, parts: ScreenParts): void {
  const { troubles, live, glyphs } = parts;
  const texts = row.waits.map((wait) => waitText(wait, troubles.nowAtMs));
  page.addList("waits for", texts, Tone.Warn);
  const deadlock = troubles.deadlocks.get(row.id);
  const stuck = troubles.stuck.get(row.id);
  if (deadlock !== undefined) page.addText("deadlock", cycleText(deadlock, parts), Tone.Bad);
  else if (row.waits.length > 0) {
    page.addText("chain", waitChain(row.id, live.actors).join(` ${glyphs.arrow} `));
  }
  if (stuck !== undefined) page.addText("stuck", `${stuck.cause}: ${stuck.text}`, Tone.Bad);
  const waiters = waitersFor(row.id, live.actors).map(
    (waiter) => `${waiter.row.id} ${waitText(waiter.wait, troubles.nowAtMs, "")}`,
  );
  page.addList("waited by", waiters);
}

/** One wait in words: `ask of locate, carrier/577649-5, for 3.2s, at most 1.8s more`. */
function waitText(wait: WaitRow, nowAtMs: number, target: string = wait.targetId): string {
  const what = wait.messageType === null ? wait.kind : `${wait.kind} ${wait.messageType}`;
  const who = target === "" ? "" : ` of ${target}`;
  const part = wait.part === "task" ? " in a task" : "";
  const left =
    wait.untilAtMs === null ? "" : `, at most ${durationText(wait.untilAtMs - nowAtMs)} more`;
  return `${what}${who}${part} for ${durationText(nowAtMs - wait.sinceAtMs)}${left}`;
}

function addMailbox(
  page: InspectPage,
  { row }: LiveActor,
  { glyphs, troubles }: ScreenParts,
): void {
  const { depth, limit, oldestSentAtMs, waitingSenders } = row.mailbox;
  const share = limit > 0 ? Math.min(1, depth / limit) : 0;
  const full = depth === 0 ? 0 : Math.max(1, Math.round(share * BAR_CELLS));
  const bar = glyphs.barFull.repeat(full) + glyphs.barEmpty.repeat(BAR_CELLS - full);
  const oldest =
    oldestSentAtMs === null ? "" : `  oldest ${durationText(troubles.nowAtMs - oldestSentAtMs)}`;
  const senders = waitingSenders > 0 ? `  ${waitingSenders} waiting to send` : "";
  page.add(
    "mailbox",
    span(bar, mailboxTone(depth, limit)),
    span(` ${countText(depth)}/${countText(limit)} ${percentText(share)}${oldest}${senders}`),
  );
}

function addThroughput(page: InspectPage, actor: LiveActor, { live, glyphs }: ScreenParts): void {
  const { history, row } = actor;
  const taken = `  ${countText(row.messagesTaken)} taken`;
  if (history === undefined) {
    page.add("throughput", span("nothing lately", Tone.Dim), span(taken));
    return;
  }
  const rates = live.rates(history, HISTORY_POINTS);
  const peak = Math.max(...rates);
  const average = live.meanRate(history, Math.max(1, live.ratedTicks));
  page.add(
    "throughput",
    span(`now ${rateText(actor.rate)}  avg ${rateText(average)}  peak ${rateText(peak)} msg/s`),
    span(taken, Tone.Dim),
  );
  if (peak === 0) return;
  const points = BAR_CELLS * 2;
  page.add("", span(sparkline(rates.slice(-points), peak, glyphs), Tone.Busy));
}

function addSupervision(page: InspectPage, actor: LiveActor, { troubles }: ScreenParts): void {
  const { supervision, children } = actor.row;
  const { policy, maxRestarts, windowMs, strategy, restarts, backingOff } = supervision;
  const { count, atLimit } = restartsInWindow(actor, troubles.nowAtMs);
  page.add(
    "restarts",
    span(`${policy}  ${count}/${maxRestarts} in ${durationText(windowMs)}`),
    ...(atLimit ? [span("  AT LIMIT", Tone.Alarm)] : []),
    ...(backingOff ? [span("  backing off", Tone.Warn)] : []),
    span(`  ${countText(restarts)} in all`, Tone.Dim),
  );
  if (strategy !== null) page.add("children", span(`${countText(children)} by ${strategy}`));
}

function addBelongings(page: InspectPage, { row }: LiveActor, { troubles }: ScreenParts): void {
  const { tasks, timers, supervision } = row;
  if (row.parentId !== null) page.add("parent", span(row.parentId));
  const kinds = Map.groupBy(tasks, ({ kind }) => kind);
  const texts = [...kinds].map(([kind, those]) => {
    const sinceAtMs = Math.min(...those.map((task) => task.sinceAtMs));
    return `${those.length} ${kind}, the oldest for ${durationText(troubles.nowAtMs - sinceAtMs)}`;
  });
  page.addList("tasks", texts);
  if (timers > 0) page.add("timers", span(countText(timers)));
  page.addList("links", supervision.links);
  page.addList("watches", supervision.watches);
}
