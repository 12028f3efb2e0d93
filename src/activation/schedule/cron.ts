import { Cron } from "croner";
import { quote } from "../../base/names.ts";
import { invalidSchedule } from "./schedule-time.ts";

/** Maximum number of parsed expressions that are kept; parsing one and its time zone takes about 0.2 ms. */
const MAX_PARSED = 1_000;
/** Maximum length of an expression and of a time zone, in characters. */
const MAX_LENGTH = 200;
const FIELDS = [5, 6];

const parsed = new Map<string, Cron>();

/**
 * When something happens again and again: five fields from minute to day of the week, or six with seconds first, in
 * the time of a zone.
 *
 * What happens when clocks change depends on the expression, as in Vixie cron:
 *
 * - *A fixed time* (one hour, one minute, one second): if the clock skips the time, it happens at the end of the gap,
 *   and if the time occurs twice, only the first one counts. `30 2 * * *` in Europe/Berlin happens at 03:00 on the day
 *   on which 02:30 does not exist.
 * - *Several times* (a list, a range, a step or `*` in one of these fields): times that do not exist are left out, and
 *   times that occur twice happen twice.
 */
export interface CronRule {
  readonly expression: string;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

/**
 * Checks a rule.
 *
 * @param nowMs epoch time after which it must have an occurrence
 * @throws UsageError `ERR_INVALID_SCHEDULE` for an invalid expression or time zone, and for an expression that
 *   has no occurrence, such as February 30
 */
export function requireCronRule({ expression, timeZone }: CronRule, nowMs: number): void {
  if (typeof expression !== "string") {
    throw invalidSchedule(`a cron expression must be a string, not ${typeof expression}`);
  }
  if (!isTimeZone(timeZone)) {
    throw invalidSchedule(
      `${shown(timeZone)} is not the name of a time zone, such as "Europe/Berlin"`,
    );
  }
  const fields = expression.trim().split(/\s+/).length;
  if (!FIELDS.includes(fields) || expression.length > MAX_LENGTH) {
    throw invalidSchedule(
      `cron expression ${shown(expression)} must have five fields, or six with seconds`,
    );
  }
  let occurs: boolean;
  try {
    occurs = nextOccurrence({ expression, timeZone }, nowMs) !== undefined;
  } catch (error) {
    throw invalidSchedule(`cron expression ${shown(expression)} is invalid`, error);
  }
  if (!occurs) throw invalidSchedule(`cron expression ${shown(expression)} never occurs`);
}

/**
 * Returns the epoch time of the first occurrence after `afterMs`; `undefined` when there is none, as after the end of
 * the year 9999.
 */
export function nextOccurrence(rule: CronRule, afterMs: number): number | undefined {
  return parse(rule).nextRun(new Date(afterMs))?.getTime();
}

function parse({ expression, timeZone }: CronRule): Cron {
  const key = `${timeZone} ${expression}`;
  let cron = parsed.get(key);
  if (cron === undefined) {
    // Without a function it has no timer of its own.
    cron = new Cron(expression, { timezone: timeZone, mode: "5-or-6-parts" });
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(key, cron);
  }
  return cron;
}

function isTimeZone(name: unknown): boolean {
  if (typeof name !== "string" || name === "" || name.length > MAX_LENGTH) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function shown(text: unknown): string {
  if (typeof text !== "string") return `of type ${typeof text}`;
  return quote(text.length > 70 ? `${text.slice(0, 70)}…` : text);
}
