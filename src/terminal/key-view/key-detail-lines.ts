import { awakeText } from "../../viewer/awake-texts.ts";
import { placementText } from "../../viewer/cluster/cluster-texts.ts";
import { bytesText, countText, durationText, momentText, plural } from "../../viewer/format.ts";
import type { AwakeRow, KeyDetail, QueueRow, ScheduleRow } from "../../wire/keys.ts";
import { safeText } from "../text/display-text.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { InspectPage } from "../text/inspect-page.ts";
import { type StyledLine, span, Tone } from "../text/styled-line.ts";
import { addStart } from "./startup-lines.ts";

/** Returns all lines about a key. They may exceed the height of the pane. */
export function keyDetailLines(
  detail: KeyDetail,
  nowAtMs: number,
  glyphs: Glyphs,
  width: number,
): readonly StyledLine[] {
  const page = new InspectPage(width);
  addRecord(page, detail, nowAtMs);
  if (detail.actor !== null) {
    const { awake, sleepsAtMs } = detail.actor;
    addAwake(page, awake, nowAtMs, sleepsAtMs);
  }
  if (detail.start !== null) addStart(page, detail.start, glyphs);
  page.addList(
    "schedules",
    detail.schedules.map((schedule) => scheduleText(schedule, nowAtMs)),
  );
  for (const queue of detail.queues) addQueue(page, queue, nowAtMs);
  if ("state" in detail) page.addText("content", JSON.stringify(detail.state));
  return page.lines;
}

/** Adds why a keyed actor is awake. */
export function addAwake(
  page: InspectPage,
  reasons: readonly AwakeRow[],
  nowAtMs: number,
  sleepsAtMs: number | null = null,
): void {
  if (reasons.length === 0) {
    const when = sleepsAtMs === null ? "" : `, sleeps ${momentText(sleepsAtMs, nowAtMs)}`;
    page.add("awake", span(`nothing keeps it awake${when}`, Tone.Dim));
    return;
  }
  page.addList(
    "awake",
    reasons.map((row) => {
      const since =
        row.sinceAtMs === null ? "" : ` for ${durationText(Math.max(0, nowAtMs - row.sinceAtMs))}`;
      return `${row.reason}: ${awakeText(row)}${since}`;
    }),
  );
}

function addRecord(page: InspectPage, detail: KeyDetail, nowAtMs: number): void {
  const { key, actor, version, createdAtMs, expiresAtMs, placement } = detail;
  page.add("key", span(key.id, Tone.Strong), span(`  in ${key.system}`, Tone.Dim));
  const state = actor === null ? "" : `  ${actor.id}  ${actor.state}`;
  page.add(
    "state",
    key.awake ? span("awake", Tone.Good) : span("asleep", Tone.Dim),
    span(`${state}  ${plural(key.generation, "wake")}`, Tone.Dim),
  );
  if (placement !== undefined) {
    const { runnerId, sinceAtMs } = placement;
    const since = `for ${durationText(Math.max(0, nowAtMs - sinceAtMs))}`;
    page.add(
      "runner",
      ...(runnerId === null ? [] : [span(`${safeText(runnerId)}  `)]),
      span(
        safeText(`${placementText(placement)}, ${since}`),
        placement.reachable ? Tone.Dim : Tone.Warn,
      ),
    );
  }
  page.addText("created", momentText(createdAtMs, nowAtMs));
  page.addText("used", momentText(key.usedAtMs, nowAtMs));
  if (expiresAtMs !== null) page.addText("expires", momentText(expiresAtMs, nowAtMs));
  page.add("stored", span(`${bytesText(key.stateBytes)}, version ${version}`));
}

function scheduleText(schedule: ScheduleRow, nowAtMs: number): string {
  const { id, messageType, dueAtMs, cron, timeZone, attempts, runs } = schedule;
  const rule = cron === null ? "" : `, ${cron} ${timeZone ?? ""}`;
  const failed = attempts === 0 ? "" : `, ${plural(attempts, "failed run")}`;
  const last = runs.at(-1);
  const run =
    last === undefined
      ? ""
      : `, last run ${last.errorType ?? last.outcome} ${durationText(nowAtMs - last.atMs)} ago`;
  return `${messageType} (${id}) due ${momentText(dueAtMs, nowAtMs)}${rule}${failed}${run}`;
}

function addQueue(page: InspectPage, queue: QueueRow, nowAtMs: number): void {
  const { name, head, more, setAside, moreSetAside } = queue;
  const oldest = head[0];
  const age = oldest === undefined ? "" : `, oldest ${durationText(nowAtMs - oldest.sentAtMs)}`;
  page.add(
    "queue",
    span(name, Tone.Strong),
    span(`  ${countText(head.length)}${more ? "+" : ""}${age}`),
  );
  page.addList(
    "set aside",
    setAside.map(({ id, attempt, errorType }) => {
      return `${id} after ${plural(attempt, "attempt")}${errorType === null ? "" : `: ${errorType}`}`;
    }),
    Tone.Bad,
  );
  if (moreSetAside) page.add("", span("and more", Tone.Dim));
}
