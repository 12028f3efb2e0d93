import type { LogRow, RingState } from "../../wire/answers.ts";
import { parseLine } from "./log-rows.ts";
import type { Redaction } from "./redaction.ts";

/** Estimated memory of a kept line without its text. */
const LINE_BYTES = 48;
/** Lines longer than this are kept without their fields. */
const MAX_LINE = 64 * 1_024;
/** Dropped lines are removed from the list in batches of this size. */
const SLACK = 1_024;

/** Filter for log lines. Omitted fields match everything. */
export interface LogQuery {
  /** This level or a higher one. */
  readonly level?: number | undefined;
  /** Lines written by this actor, or about it. */
  readonly actor?: string | undefined;
  readonly trace?: string | undefined;
  /** Only lines with a higher sequence. */
  readonly after?: number | undefined;
  /** Only lines with this sequence or a lower one. */
  readonly upTo?: number | undefined;
  readonly limit: number;
}

/** The latest log lines as text. They are parsed when they are read. */
export class LogRing {
  readonly #limitBytes: number;
  readonly #redaction: Redaction;
  #lines: string[] = [];
  /** Number of dropped lines at the start of the list. */
  #gone = 0;
  #bytes = 0;
  /** Number of lines so far, which is also the sequence of the last one. */
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

  /** Returns the newest matching lines, oldest first. */
  find(query: LogQuery): LogRow[] {
    const { level = 0, actor, trace, after = 0, upTo = this.#last, limit } = query;
    const found: LogRow[] = [];
    const firstKept = this.#last - (this.#lines.length - this.#gone) + 1;
    const first = Math.max(after + 1, firstKept);
    for (let sequence = Math.min(upTo, this.#last); sequence >= first; sequence -= 1) {
      if (found.length >= limit) break;
      const line = this.#lines[this.#gone + sequence - firstKept] ?? "";
      // A text search rules out most lines without parsing them.
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

/**
 * Upper bound of a line's memory: one character beyond Latin-1 makes all characters of a string take two
 * bytes.
 */
function bytesOf(line: string): number {
  return line.length * 2 + LINE_BYTES;
}

/** Returns the line without its fields, but with its source and its original length. */
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
