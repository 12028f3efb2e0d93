import { type Bindings, type ChildLoggerOptions, type Logger, stdTimeFunctions } from "pino";
import type { ActorIdentity } from "../context/actor-scope.ts";
import { tellDiag } from "../context/diag-line.ts";
import { processTaps } from "../process-taps.ts";
import { correlationOf } from "./correlation.ts";
import {
  type Binding,
  formatFields,
  jsonWriter,
  LineComposer,
  type LineParts,
  type LineSettings,
  type LineText,
  type LoggerState,
  plainText,
  serialize,
  takeApart,
  timeOf,
} from "./line-composer.ts";
import { CORRELATION_KEYS, EXPORTED_KEY } from "./line-layout.ts";
import {
  BINDINGS_TEXT,
  FORMAT_OPTIONS,
  FORMATTERS,
  formattersOf,
  type LineFacts,
  type PinoInternals,
  serializersOf,
  WRITE,
  writeTo,
} from "./pino-internals.ts";
import { pathsBelow, RedactionPaths, type RedactPaths } from "./redact-paths.ts";

/** Fields that a user's options add to each line. */
export interface LineExtras {
  readonly mixin: ((fields: object, level: number, logger: Logger) => object) | undefined;
  readonly mergeMixin: ((fields: object, mixed: object) => object) | undefined;
  readonly streamWrite: ((line: string) => string) | undefined;
}

/** Binds a logger to its actor, which its lines then name wherever they are written. */
const ACTOR: unique symbol = Symbol("limelight.actor");
const STATE: unique symbol = Symbol("limelight.lines");
const PATH_OPTIONS: unique symbol = Symbol("limelight.redact");

export type LineLogger = PinoInternals & {
  [ACTOR]?: ActorIdentity;
  [STATE]: LoggerState;
  [PATH_OPTIONS]: readonly RedactPaths[];
};

const NO_BINDING_KEYS: ReadonlySet<string> = new Set(["serializers", "formatters", "customLevels"]);
/** The fixed fields of a logger may take one in this many bytes of a line. */
const BINDINGS_SHARE = 4;

/** Number of lines written so far. Shows whether a call that threw has written one. */
let written = 0;

/**
 * Makes `logger`, and all loggers derived from it, write lines that never throw, are bounded and contain no
 * secrets. pino's handling of levels, children and streams is unchanged.
 */
export function writeGuardedLines(
  logger: Logger,
  settings: LineSettings,
  redact: readonly RedactPaths[],
  extras: LineExtras,
): LineLogger {
  const own = logger as LineLogger;
  own[STATE] = { settings, bindings: [], paths: pathsOf(redact) };
  own[PATH_OPTIONS] = redact;
  own[FORMAT_OPTIONS] = { stringify: (value: unknown) => jsonOf(own, value) };
  own[WRITE] = function write(
    this: LineLogger,
    given: unknown,
    text: unknown,
    level: number,
  ): void {
    writeLine(this, extras, given, text, level);
  };
  const { child } = logger;
  own.child = function guardedChild(this: LineLogger, bindings: Bindings, options?: object) {
    return makeChild(this, child as unknown as ChildMaker, bindings, options as ChildLoggerOptions);
  } as unknown as LineLogger["child"];
  own.setBindings = function setBindings(this: LineLogger, bindings: Bindings): void {
    bind(this, bindings);
  };
  return own;
}

/** Returns whether `logger` writes lines as set up by {@link writeGuardedLines}. */
export function isLineLogger(logger: Logger): logger is LineLogger {
  return (logger as Partial<LineLogger>)[STATE] !== undefined;
}

/** Returns the same logger, bound to `actor`. */
export function tieTo(logger: LineLogger, actor: ActorIdentity): LineLogger {
  const tied = Object.create(logger) as LineLogger;
  tied[ACTOR] = actor;
  return tied;
}

/**
 * Calls one of pino's log methods, or the user's hook around it. If that throws, the line is written here.
 */
export function callGuarded(
  logger: LineLogger,
  call: () => void,
  args: readonly unknown[],
  level: number,
): void {
  const before = written;
  try {
    call();
  } catch {
    if (written !== before) return;
    const [given, text] = args;
    const msg = typeof given === "string" ? given : text;
    const write = logger[WRITE] as (given: unknown, text: unknown, level: number) => void;
    write.call(logger, given, typeof msg === "string" ? msg : undefined, level);
  }
}

type ChildMaker = (this: Logger, bindings: Bindings, options?: object) => Logger;

function makeChild(
  parent: LineLogger,
  child: ChildMaker,
  bindings: Bindings,
  options: ChildLoggerOptions | undefined,
): LineLogger {
  // pino calls `onChild` before the child has its fields, which are added below.
  const silent = Object.create(parent) as LineLogger;
  silent.onChild = () => {};
  const { redact, formatters, ...others } = options ?? {};
  const { bindings: format, ...otherFormatters } = formatters ?? {};
  const kept = formatters === undefined ? others : { ...others, formatters: otherFormatters };
  const made = child.call(silent, {}, options === undefined ? undefined : kept) as LineLogger;
  made.onChild = parent.onChild;
  if (typeof redact === "object" && redact !== null) {
    made[PATH_OPTIONS] = [...parent[PATH_OPTIONS], redact];
    made[STATE] = { ...parent[STATE], paths: pathsOf(made[PATH_OPTIONS]) };
    made[FORMAT_OPTIONS] = { stringify: (value: unknown) => jsonOf(made, value) };
  }
  if (format !== undefined) made[FORMATTERS] = { ...formattersOf(made), bindings: format };
  bind(made, bindings ?? {});
  try {
    parent.onChild(made);
  } catch {
    // An error in the user's `onChild` must not cost the caller the child.
  }
  return made;
}

function pathsOf(options: readonly RedactPaths[]): RedactionPaths | undefined {
  return options.length === 0 ? undefined : new RedactionPaths(options);
}

/** Adds `given` to all further lines of `logger`. A field replaces an earlier one of the same name. */
export function bind(logger: LineLogger, given: object): void {
  const state = logger[STATE];
  const { settings, paths } = state;
  const { layout, maxLineBytes } = settings;
  const writer = jsonWriter(settings, Math.floor(maxLineBytes / BINDINGS_SHARE));
  const byName = new Map(state.bindings.map((binding) => [binding.name, binding]));
  const serializers = serializersOf(logger);
  try {
    const fields = formatBindings(logger, given);
    for (const [key, value] of Object.entries(fields)) {
      if (NO_BINDING_KEYS.has(key) || value === undefined || typeof value === "function") continue;
      const places = paths === undefined ? undefined : pathsBelow(paths.start, key);
      const json = writer.member(key, serialize(serializers[key], value), places);
      if (json === undefined || writer.full) continue;
      const { name, json: quoted } = layout.name(key);
      byName.set(name, { name, json: quoted + json });
    }
  } catch {
    byName.set("bindings", { name: "bindings", json: ',"bindings":"[unreadable]"' });
  }
  const bindings: readonly Binding[] = [...byName.values()];
  logger[STATE] = { ...state, bindings };
  logger[BINDINGS_TEXT] = bindings.map(({ json }) => json).join("");
}

function formatBindings(logger: LineLogger, given: object): object {
  const { bindings: format } = formattersOf(logger);
  return format?.(given) ?? given;
}

/** Returns the JSON of a value interpolated into a line's text: `%o`, `%j`. */
function jsonOf(logger: LineLogger, value: unknown): string {
  const { settings, paths } = logger[STATE];
  const writer = jsonWriter(settings, settings.maxLineBytes);
  return writer.member("", value, paths?.start) ?? "undefined";
}

function writeLine(
  logger: LineLogger,
  extras: LineExtras,
  given: unknown,
  text: unknown,
  level: number,
): void {
  const state = logger[STATE];
  const time = timeOf(logger);
  let parts: LineParts = {
    level,
    time,
    fields: {},
    mixed: undefined,
    correlation: {},
    msg: undefined,
  };
  let line: LineText;
  try {
    parts = partsOf(logger, extras, {
      ...takeApart(given, text as string, state.settings),
      level,
      time,
    });
    line = new LineComposer(logger, state, parts).compose();
  } catch {
    line = plainText(logger, state.settings, parts);
  }
  written += 1;
  try {
    hand(logger, extras, parts, line);
  } catch (error) {
    tellDiag("limelight could not write a log line", error);
  }
}

interface Taken {
  readonly level: number;
  readonly time: string;
  readonly fields: object;
  readonly msg: string | undefined;
}

function partsOf(logger: LineLogger, extras: LineExtras, taken: Taken): LineParts {
  const { level, time, msg } = taken;
  const correlation = correlationOf(logger[ACTOR]);
  const mixed = mix(logger, extras, taken);
  if (mixed === undefined) {
    return { level, time, fields: formatFields(logger, taken.fields), mixed, correlation, msg };
  }
  const { mergeMixin } = extras;
  if (mergeMixin !== undefined) {
    const fields = formatFields(logger, mergeMixin(taken.fields, mixed));
    return { level, time, fields, mixed: undefined, correlation, msg };
  }
  const added: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(mixed)) {
    if (CORRELATION_KEYS.includes(key)) Object.assign(correlation, { [key]: String(value) });
    else added[key] = value;
  }
  return {
    level,
    time,
    fields: formatFields(logger, taken.fields),
    mixed: added,
    correlation,
    msg,
  };
}

function mix(logger: LineLogger, { mixin }: LineExtras, taken: Taken): object | undefined {
  if (mixin === undefined) return undefined;
  try {
    const mixed: unknown = mixin(taken.fields, taken.level, logger);
    return typeof mixed === "object" && mixed !== null ? { ...mixed } : undefined;
  } catch {
    return undefined;
  }
}

function hand(logger: LineLogger, extras: LineExtras, parts: LineParts, line: LineText): void {
  const { settings } = logger[STATE];
  const { head, time, bindings, correlation, fields, msg } = line;
  const { nestedKey, end } = settings;
  const own =
    nestedKey === undefined || fields === ""
      ? fields
      : `,${JSON.stringify(nestedKey)}:{${fields.slice(1)}}`;
  const plain = head + time + bindings + correlation + own + msg + end;
  const shown = throughHook(extras, plain);
  const { level } = parts;
  const facts = { level, fields: parts.fields, msg: parts.msg, time };
  const { lines, outlet } = processTaps;
  if (!lines.attached && outlet === undefined) {
    writeTo(logger, shown, facts);
    return;
  }
  const usual = isUsual(settings, parts, line)
    ? shown
    : throughHook(extras, usualForm(settings, parts, line));
  if (lines.attached) lines.pass(usual);
  if (outlet === undefined) writeTo(logger, shown, facts);
  else writeMarked(logger, outlet(usual) ? marked(shown, end) : shown, facts);
}

/** A stream may hand the line to the outlet's owner once more, as an instrumentation of pino does. */
function writeMarked(logger: LineLogger, text: string, facts: LineFacts): void {
  processTaps.writing = true;
  try {
    writeTo(logger, text, facts);
  } finally {
    processTaps.writing = false;
  }
}

/** A line that the user's hook has changed into something else than an object stays without the mark. */
function marked(line: string, end: string): string {
  return line.endsWith(end) && line.startsWith("{")
    ? `${line.slice(0, -end.length)},"${EXPORTED_KEY}":"otlp"${end}`
    : line;
}

function throughHook({ streamWrite }: LineExtras, line: string): string {
  if (streamWrite === undefined) return line;
  try {
    return String(streamWrite(line));
  } catch {
    return line;
  }
}

const USUAL_TIME = /^,"time":\d+$/;
const MESSAGE_KEY = "msg";

/** Returns whether the line has the form of a logger without pino options from the user. */
function isUsual(
  { messageKey, nestedKey }: LineSettings,
  { level }: LineParts,
  { head, time }: LineText,
): boolean {
  if (messageKey !== MESSAGE_KEY || nestedKey !== undefined) return false;
  return head === `{"level":${level}` && USUAL_TIME.test(time);
}

/** Returns the line in the form viewers parse: level, time and text under their default names. */
function usualForm(
  { messageKey }: LineSettings,
  { level }: LineParts,
  { time, bindings, correlation, fields, msg }: LineText,
): string {
  const usualTime = USUAL_TIME.test(time) ? time : stdTimeFunctions.epochTime();
  const text =
    msg === "" ? "" : `,"${MESSAGE_KEY}":${msg.slice(msg.indexOf(":", messageKey.length) + 1)}`;
  return `{"level":${level}${usualTime}${bindings}${correlation}${fields}${text}}\n`;
}
