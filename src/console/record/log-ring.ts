import type { LogRow, RingState } from "../../wire/answers.ts";
import { parseLine } from "./log-rows.ts";
import type { Redaction } from "./redaction.ts";

/** What keeping a line costs besides its text. */
const LINE_BYTES = 48;
/** A longer line is kept without its fields. */
const MAX_LINE = 64 * 1_024;
/** Dropped lines are taken out of the list when there are so many. */
const SLACK = 1_024;

/** Which lines are wanted; all that is left out fits. */
export interface LogQuery {
  /** This level or a higher one. */
  readonly level?: number | undefined;
  /** Of this actor, or about it. */
  readonly actor?: string | undefined;
  readonly trace?: string | undefined;
  /** Only lines of a higher sequence. */
  readonly after?: number | undefined;
  /** Only lines of at most this sequence. */
  readonly upTo?: number | undefined;
  readonly limit: number;
}

/** The last lines of the log, as text: they are parsed when somebody looks. */
export class LogRing {
  readonly #limitBytes: number;
  readonly #redaction: Redaction;
  #lines: string[] = [];
  /** Lines at the start of the list that have been dropped. */
  #gone = 0;
  #bytes = 0;
  /** Lines so far; also the sequence of the last one. */
  #last = 0;

  constructor(limitBytes: number, redaction: Redaction) {
    this.#limitBytes = limitBytes;
    this.#redaction = redaction;
  }

  /** Sequence of the last line. */
  get last(): number {
    return this.#last;
  }

  get state(): RingState {
    const kept = this.#lines.length - this.#gone;
    return { kept, dropped: this.#last - kept, bytes: this.#bytes, limitBytes: this.#limitBytes };
  }

  add(line: string): void {
    this.#last += 1;
    const kept = line.length > MAX_LINE ? shorten(line) : line;
    this.#lines.push(kept);
    this.#bytes += bytesOf(kept);
    while (this.#bytes > this.#limitBytes && this.#gone < this.#lines.length) this.#dropOldest();
    if (this.#gone < SLACK || this.#gone * 2 < this.#lines.length) return;
    this.#lines = this.#lines.slice(this.#gone);
    this.#gone = 0;
  }

  /** The newest lines that fit, oldest first. */
  find(query: LogQuery): LogRow[] {
    const { level = 0, actor, trace, after = 0, upTo = this.#last, limit } = query;
    const found: LogRow[] = [];
    const firstKept = this.#last - (this.#lines.length - this.#gone) + 1;
    const first = Math.max(after + 1, firstKept);
    for (let sequence = Math.min(upTo, this.#last); sequence >= first; sequence -= 1) {
      if (found.length >= limit) break;
      const line = this.#lines[this.#gone + sequence - firstKept] ?? "";
      // Most lines are not worth the parsing.
      if (trace !== undefined && !line.includes(trace)) continue;
      if (actor !== undefined && !line.includes(actor)) continue;
      const row = this.#row(sequence, line);
      const fits =
        row.level >= level &&
        (trace === undefined || row.traceId === trace) &&
        (actor === undefined || row.actorId === actor || row.fields["target_id"] === actor);
      if (fits) found.push(row);
    }
    return found.reverse();
  }

  #row(sequence: number, line: string): LogRow {
    const row = parseLine(sequence, line);
    const msg = this.#redaction.text(row.msg);
    return { ...row, msg, fields: this.#redaction.blank(row.fields) };
  }

  #dropOldest(): void {
    this.#bytes -= bytesOf(this.#lines[this.#gone] ?? "");
    this.#lines[this.#gone] = "";
    this.#gone += 1;
  }
}

/** At most what it takes in memory: one letter beyond Latin-1 makes all letters of a text take two bytes. */
function bytesOf(line: string): number {
  return line.length * 2 + LINE_BYTES;
}

/** What says whose line it is, and how long it was. */
function shorten(line: string): string {
  const { fields, atMs, level, msg, event, actorId, actorType, traceId, spanId } = parseLine(
    0,
    line,
  );
  return JSON.stringify({
    level,
    time: atMs,
    msg: msg.slice(0, MAX_LINE / 8),
    event,
    actor_id: actorId,
    actor_type: actorType,
    trace_id: traceId,
    span_id: spanId,
    omitted_fields: Object.keys(fields).slice(0, 100),
    omitted_bytes: line.length,
  });
}
