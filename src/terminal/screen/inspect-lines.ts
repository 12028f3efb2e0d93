import type { ActorEntry } from "../../viewer/actor-entry.ts";
import { countText, durationText, percentText, rateText } from "../../viewer/format.ts";
import { waitChain } from "../../viewer/wait-chain.ts";
import { waitSentence } from "../../viewer/wait-texts.ts";
import { actorLabel, actorName } from "../../wire/actor-names.ts";
import { conditionOf } from "../../wire/condition.ts";
import type { WaitRow } from "../../wire/snapshot.ts";
import { waitersFor } from "../../wire/waits.ts";
import { addAwake } from "../key-view/key-detail-lines.ts";
import { addStart } from "../key-view/startup-lines.ts";
import { InspectPage } from "../text/inspect-page.ts";
import { sparkline } from "../text/sparkline.ts";
import { type StyledLine, span, Tone } from "../text/styled-line.ts";
import { toneOf } from "./condition-tone.ts";
import { cycleText } from "./header-lines.ts";
import { addFailure, addMessages } from "./inspect-tallies.ts";
import type { ScreenParts } from "./screen-parts.ts";
import { mailboxTone } from "./table-columns.ts";

const BAR_CELLS = 20;

/** Returns all lines about an actor. They may exceed the height of the pane. */
export function inspectLines(
  actor: ActorEntry,
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

function addState(page: InspectPage, { row, system }: ActorEntry, parts: ScreenParts): void {
  const { findings, model } = parts;
  const nowAtMs = model.capturedAtMs;
  const condition = conditionOf(row, findings);
  page.add(
    "actor",
    span(actorLabel(row), Tone.Strong),
    span(
      `  ${actorName(row) === null ? "" : `${row.id}  `}type ${row.type}  in ${system}`,
      Tone.Dim,
    ),
  );
  const since = durationText(nowAtMs - row.spawnedAtMs);
  page.add(
    "state",
    span(condition, toneOf(condition)),
    span(`  ${row.awakeReason}  life ${row.life}  spawned ${since} ago`, Tone.Dim),
  );
  const { busy, stopped, keyed } = row;
  if (busy !== null) {
    const what = busy.messageType === null ? `${busy.phase} hook` : `${busy.messageType}`;
    const trace = busy.traceId === null ? "" : `  trace ${busy.traceId}`;
    page.addText("handling", `${what} for ${durationText(nowAtMs - busy.sinceAtMs)}${trace}`);
  }
  if (stopped !== null) {
    const ago = durationText(nowAtMs - stopped.atMs);
    page.addText("ended", `${ago} ago: ${stopped.reason}`);
  }
  if (keyed === undefined) return;
  if (stopped === null) addAwake(page, keyed.awake, nowAtMs);
  if (keyed.connections !== undefined) page.addText("connected", countText(keyed.connections));
  const start = parts.detail?.actor.id === row.id ? parts.detail.start : undefined;
  if (start !== undefined) addStart(page, start, parts.glyphs);
}

function addWaits(page: InspectPage, { row }: ActorEntry, parts: ScreenParts): void {
  const { findings, model, glyphs } = parts;
  const nowAtMs = model.capturedAtMs;
  const texts = row.waits.map((wait) => timedWait(wait, nowAtMs));
  page.addList("waits", texts, Tone.Wait);
  const deadlock = findings.deadlocks.get(row.id);
  const stuck = findings.stuck.get(row.id);
  if (deadlock !== undefined) page.addText("deadlock", cycleText(deadlock, parts), Tone.Bad);
  else if (row.waits.length > 0) {
    const chain = waitChain(row.id, (id) => model.actor(id));
    page.addText("chain", chain.join(` ${glyphs.arrow} `));
  }
  if (stuck !== undefined) page.addText("stuck", `${stuck.cause}: ${stuck.text}`, Tone.Bad);
  const waiters = waitersFor(row.id, model.rows()).map(
    ({ id, wait }) => `${id} ${timedWait(wait, nowAtMs)}`,
  );
  page.addList("waited by", waiters);
}

/** Returns text such as `asks locate of carrier/577649-5 for 3.2 s, at most 1.8 s more`. */
function timedWait(wait: WaitRow, nowAtMs: number): string {
  const left =
    wait.untilAtMs === null ? "" : `, at most ${durationText(wait.untilAtMs - nowAtMs)} more`;
  return `${waitSentence(wait)} for ${durationText(nowAtMs - wait.sinceAtMs)}${left}`;
}

function addMailbox(page: InspectPage, entry: ActorEntry, { glyphs, model }: ScreenParts): void {
  const { depth, limit, oldestSentAtMs, waitingSenders } = entry.row.mailbox;
  const full = depth === 0 ? 0 : Math.max(1, Math.round(entry.fill * BAR_CELLS));
  const bar = glyphs.barFull.repeat(full) + glyphs.barEmpty.repeat(BAR_CELLS - full);
  const oldest =
    oldestSentAtMs === null ? "" : `  oldest ${durationText(model.capturedAtMs - oldestSentAtMs)}`;
  const senders = waitingSenders > 0 ? `  ${waitingSenders} waiting to send` : "";
  const counts = `${countText(depth)}/${countText(limit)} ${percentText(entry.fill)}`;
  page.add("mailbox", span(bar, mailboxTone(entry)), span(` ${counts}${oldest}${senders}`));
}

function addThroughput(page: InspectPage, entry: ActorEntry, { glyphs }: ScreenParts): void {
  const taken = `  ${countText(entry.row.messagesTaken)} taken`;
  const rates = entry.rates();
  const peak = Math.max(0, ...rates);
  if (peak === 0) {
    page.add("throughput", span("no recent messages", Tone.Dim), span(taken));
    return;
  }
  const now = `now ${rateText(entry.rate)}  avg ${rateText(entry.meanRate)}`;
  page.add("throughput", span(`${now}  peak ${rateText(peak)} msg/s`), span(taken, Tone.Dim));
  const points = rates.slice(-BAR_CELLS * 2);
  page.add("", span(sparkline(points, peak, glyphs), Tone.Busy));
}

function addSupervision(page: InspectPage, entry: ActorEntry, { model }: ScreenParts): void {
  const { supervision, children } = entry.row;
  const { policy, maxRestarts, windowMs, strategy, restarts, backingOff } = supervision;
  const seen = entry.restartsInWindow(model.capturedAtMs);
  const atLimit = entry.isAtRestartLimit(model.capturedAtMs);
  page.add(
    "restarts",
    span(`${policy}  ${seen}/${maxRestarts} in ${durationText(windowMs)}`),
    ...(atLimit ? [span("  AT LIMIT", Tone.Alarm)] : []),
    ...(backingOff ? [span("  backing off", Tone.Warn)] : []),
    span(`  ${countText(restarts)} in all`, Tone.Dim),
  );
  if (strategy !== null) page.add("children", span(`${countText(children)} by ${strategy}`));
}

function addBelongings(page: InspectPage, { row }: ActorEntry, { model }: ScreenParts): void {
  const { tasks, timers, supervision } = row;
  if (row.parentId !== null) page.add("parent", span(row.parentId));
  const kinds = Map.groupBy(tasks, ({ kind }) => kind);
  const texts = [...kinds].map(([kind, those]) => {
    const sinceAtMs = Math.min(...those.map((task) => task.sinceAtMs));
    return `${those.length} ${kind}, the oldest for ${durationText(model.capturedAtMs - sinceAtMs)}`;
  });
  page.addList("tasks", texts);
  if (timers > 0) page.add("timers", span(countText(timers)));
  page.addList("links", supervision.links);
  page.addList("watches", supervision.watches);
}
