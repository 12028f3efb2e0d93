import type { ActorEntry } from "../../viewer/actor-entry.ts";
import { countText, durationText, percentText } from "../../viewer/format.ts";
import type { LogRow } from "../../wire/answers.ts";
import type { TypeRow } from "../../wire/snapshot.ts";
import { fit, fitRight } from "../text/display-text.ts";
import type { InspectPage } from "../text/inspect-page.ts";
import { span, Tone } from "../text/styled-line.ts";
import type { ScreenParts } from "./screen-parts.ts";

const MOST_MESSAGES = 6;
const NAME_CELLS = 20;

/** Adds the last failure: its type, and its log line if the server still has it. */
export function addFailure(page: InspectPage, { row }: ActorEntry, parts: ScreenParts): void {
  const { detail, model } = parts;
  if (row.lastError === null) return;
  page.add("last error", span(row.lastError, Tone.Bad));
  const failure = detail?.actor.id === row.id ? detail.failures[0] : undefined;
  if (failure === undefined) return;
  const ago = durationText(model.capturedAtMs - failure.atMs);
  page.addText("", `${ago} ago: ${failureText(failure)}`);
  if (failure.traceId !== null) page.add("", span(`trace ${failure.traceId}`));
}

function failureText({ msg, fields }: LogRow): string {
  const { err } = fields;
  const hasMessage = typeof err === "object" && err !== null && "message" in err;
  return hasMessage ? `${msg}: ${String(err.message)}` : msg;
}

/** Adds the messages of the actor's type, most frequent first. Messages are counted by type, not by actor. */
export function addMessages(
  page: InspectPage,
  { row, system }: ActorEntry,
  parts: ScreenParts,
): void {
  const type = parts.model.systems.get(system)?.types.get(row.type);
  if (type === undefined) return;
  const tallies = talliesOf(type);
  const all = tallies.reduce((sum, { handled }) => sum + handled, 0);
  for (const [at, { name, handled, failed, p99Ms }] of tallies.slice(0, MOST_MESSAGES).entries()) {
    const share = all === 0 ? 0 : handled / all;
    page.add(
      at === 0 ? "messages" : "",
      span(fit(name, NAME_CELLS)),
      span(` ${fitRight(percentText(share), 5)} ${fitRight(countText(handled), 6)}`),
      ...(failed > 0 ? [span(`  ${countText(failed)} failed`, Tone.Bad)] : []),
      ...(p99Ms === null ? [] : [span(`  p99 ${durationText(p99Ms)}`, Tone.Dim)]),
    );
  }
  const more = tallies.length - MOST_MESSAGES;
  if (more > 0) page.add("", span(`and ${more} more`, Tone.Dim));
}

interface MessageTally {
  readonly name: string;
  readonly handled: number;
  readonly failed: number;
  readonly p99Ms: number | null;
}

/** Returns one tally for each message, summed over the ways of sending. */
function talliesOf({ messages }: TypeRow): readonly MessageTally[] {
  const byName = Map.groupBy(messages, ({ messageType }) => messageType);
  const tallies = [...byName].map(([name, ways]) => ({
    name,
    handled: ways.reduce((sum, { handled }) => sum + handled, 0),
    failed: ways.reduce((sum, { failed }) => sum + failed, 0),
    p99Ms: ways.reduce<number | null>(
      (most, { process }) => (process === null ? most : Math.max(most ?? 0, process.p99Ms)),
      null,
    ),
  }));
  return tallies.sort((one, other) => other.handled - one.handled);
}
