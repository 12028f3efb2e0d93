import type { LogRow } from "../wire/answers.ts";

/** Maximum number of lines kept, and of their characters (estimated). */
const MAX_LINES = 20_000;
const MAX_CHARACTERS = 16 * 1_024 * 1_024;

/** Filter for log lines. Empty texts match everything. */
export interface LogQuery {
  /** Minimum level, as pino's number. */
  readonly level: number;
  /** Id or type of an actor. */
  readonly actor: string;
  readonly trace: string;
  /** Part of the line; case is ignored. */
  readonly text: string;
}

export const ALL_LOGS: LogQuery = { level: 0, actor: "", trace: "", text: "" };

/** The latest log lines of a process, in order. */
export class LogBuffer {
  #lines: LogRow[] = [];
  #costs: number[] = [];
  #characters = 0;
  #dropped = 0;

  get lines(): readonly LogRow[] {
    return this.#lines;
  }

  /** Number of lines dropped to stay within the limits. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds lines. They may be unordered and may repeat; each line is kept once. */
  add(lines: readonly LogRow[]): void {
    if (lines.length === 0) return;
    const last = this.#lines.at(-1)?.sequence ?? Number.NEGATIVE_INFINITY;
    if (lines.every((line, at) => line.sequence > (lines[at - 1]?.sequence ?? last))) {
      for (const line of lines) this.#push(line);
    } else {
      this.#rebuild(lines);
    }
    this.#shrink();
  }

  #push(line: LogRow): void {
    const cost = costOf(line);
    this.#lines.push(line);
    this.#costs.push(cost);
    this.#characters += cost;
  }

  #rebuild(lines: readonly LogRow[]): void {
    const all = new Map(this.#lines.map((line) => [line.sequence, line]));
    for (const line of lines) all.set(line.sequence, line);
    const ordered = [...all.values()].sort((a, b) => a.sequence - b.sequence);
    this.#lines = [];
    this.#costs = [];
    this.#characters = 0;
    for (const line of ordered) this.#push(line);
  }

  #shrink(): void {
    let count = Math.max(0, this.#lines.length - MAX_LINES);
    let characters = this.#characters;
    for (let at = 0; at < count; at += 1) characters -= this.#costs[at] ?? 0;
    while (characters > MAX_CHARACTERS && count < this.#lines.length) {
      characters -= this.#costs[count] ?? 0;
      count += 1;
    }
    if (count === 0) return;
    this.#lines.splice(0, count);
    this.#costs.splice(0, count);
    this.#characters = characters;
    this.#dropped += count;
  }
}

/** Estimates the length of a line as text. Only the first level of fields is counted. */
function costOf({ msg, fields }: LogRow): number {
  let cost = 200 + msg.length;
  for (const [key, value] of Object.entries(fields)) {
    cost += key.length + (typeof value === "string" ? value.length : 40);
  }
  return cost;
}

/** Returns a predicate for the query. */
export function logMatcher({ level, actor, trace, text }: LogQuery): (line: LogRow) => boolean {
  const [wantedActor, wantedTrace, wantedText] = [
    actor.trim(),
    trace.trim(),
    text.trim().toLowerCase(),
  ];
  return (line) => {
    if (line.level < level) return false;
    if (wantedActor !== "" && !isOf(line, wantedActor)) return false;
    if (wantedTrace !== "" && !(line.traceId ?? "").startsWith(wantedTrace)) return false;
    return wantedText === "" || searchText(line).includes(wantedText);
  };
}

function isOf({ actorId, actorType, fields }: LogRow, actor: string): boolean {
  return actorId === actor || actorType === actor || fields["target_id"] === actor;
}

function searchText({ msg, event, actorId, fields }: LogRow): string {
  return `${msg} ${event ?? ""} ${actorId ?? ""} ${fieldsText(fields)}`.toLowerCase();
}

/** A field that is the same on every line. */
const SERVICE_FIELD = "service.name";

/** Formats a line's own fields on one line: `order_id=7f3a item=tea`. */
export function fieldsText(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([key]) => key !== SERVICE_FIELD)
    .map(([key, value]) => `${key}=${valueText(value)}`)
    .join(" ");
}

/** Formats a JSON value: strings as they are, errors by their message, everything else as JSON. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "message" in value) {
    const { message } = value;
    if (typeof message === "string") return message;
  }
  // Not the value's own `toString`, which may not even be a function.
  return JSON.stringify(value) ?? "";
}
