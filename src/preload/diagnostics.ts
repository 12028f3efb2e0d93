import { writeSync } from "node:fs";
import { type DiagLogger, DiagLogLevel } from "@opentelemetry/api";
import { type Clock, systemClock } from "../base/clock.ts";
import { NameCap } from "../base/names.ts";
import { RateLimit } from "../base/rate-limit.ts";
import { diagnosticKind, diagnosticText, printable } from "./diagnostic-text.ts";

const STDERR = 2;
/** Maximum number of lines of one kind per window. */
const LINES = { burst: 3, windowMs: 30_000 };
/** Maximum number of kinds counted separately. All further kinds share one limit. */
const MAX_KINDS = 100;

/** pino's level numbers, so that a line has the same form as those of `createLogger()`. */
const PINO_LEVEL: ReadonlyMap<DiagLogLevel, number> = new Map([
  [DiagLogLevel.ERROR, 50],
  [DiagLogLevel.WARN, 40],
  [DiagLogLevel.INFO, 30],
  [DiagLogLevel.DEBUG, 20],
  [DiagLogLevel.VERBOSE, 10],
]);

const LEVEL_NAMES: ReadonlyMap<string, DiagLogLevel> = new Map([
  ["none", DiagLogLevel.NONE],
  ["error", DiagLogLevel.ERROR],
  ["warn", DiagLogLevel.WARN],
  ["info", DiagLogLevel.INFO],
  ["debug", DiagLogLevel.DEBUG],
  ["verbose", DiagLogLevel.VERBOSE],
  ["all", DiagLogLevel.ALL],
]);

/** Environment variable that sets the lowest level written. Default `warn`. */
const LOG_LEVEL_VARIABLE = "OTEL_LOG_LEVEL";

/** What the API reports for each part of an SDK that is registered in addition to this one. */
const REFUSAL =
  /Attempted duplicate registration of API: |Registration of version \S+ for \w+ does not match/;
const SECOND_SDK =
  "a second OpenTelemetry SDK was started after limelight/preload, and stays unused: remove it, or the preload";

function isRefusal(part: unknown): boolean {
  return typeof part === "string" && REFUSAL.test(part);
}

/** Options of {@link Diagnostics}. */
export interface DiagnosticsOptions {
  readonly level?: DiagLogLevel;
  readonly clock?: Clock;
  /** Writes a line, newline included. Default: to stderr. */
  readonly write?: (line: string) => void;
}

/**
 * Writes to the descriptor: there is no stream that could emit `error`, and no line is lost when the process
 * ends.
 */
function writeToStderr(line: string): void {
  try {
    writeSync(STDERR, line);
  } catch {
    // stderr is closed or full, so the failure cannot be reported.
  }
}

/**
 * Messages of the telemetry about itself, as one JSON line each on stderr.
 *
 * At most three lines of a kind are written per 30 s; the next line reports how many were suppressed. They
 * never go through OpenTelemetry, which may be the part that fails.
 */
export class Diagnostics implements DiagLogger {
  readonly #level: DiagLogLevel;
  readonly #clock: Clock;
  readonly #limit: RateLimit;
  readonly #kinds = new NameCap(MAX_KINDS);
  readonly #write: (line: string) => void;
  #refused = false;

  constructor(options: DiagnosticsOptions = {}) {
    const { level = DiagLogLevel.WARN, clock = systemClock, write = writeToStderr } = options;
    this.#level = level;
    this.#clock = clock;
    this.#write = write;
    this.#limit = new RateLimit({ clock, ...LINES });
  }

  error(...parts: unknown[]): void {
    if (!parts.some(isRefusal)) {
      this.#line(DiagLogLevel.ERROR, parts, {});
      return;
    }
    // The API reports each signal of the second SDK, with a stack.
    if (!this.#refused) this.#line(DiagLogLevel.ERROR, [SECOND_SDK], {});
    this.#refused = true;
  }

  warn(...parts: unknown[]): void {
    this.#line(DiagLogLevel.WARN, parts, {});
  }

  info(...parts: unknown[]): void {
    this.#line(DiagLogLevel.INFO, parts, {});
  }

  debug(...parts: unknown[]): void {
    this.#line(DiagLogLevel.DEBUG, parts, {});
  }

  verbose(...parts: unknown[]): void {
    this.#line(DiagLogLevel.VERBOSE, parts, {});
  }

  /** Writes a warning of the preload itself: a constant sentence, with the variable parts as fields. */
  report(sentence: string, fields: object): void {
    this.#line(DiagLogLevel.WARN, [sentence], fields);
  }

  #line(level: DiagLogLevel, parts: readonly unknown[], fields: object): void {
    if (level > this.#level) return;
    const msg = diagnosticText(parts);
    const suppressed = this.#limit.pass(this.#kinds.admit(`${level} ${diagnosticKind(msg)}`));
    if (suppressed === undefined) return;
    const line = {
      level: PINO_LEVEL.get(level),
      time: this.#clock.epochMs(),
      name: "limelight/preload",
      ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, printable(value)])),
      ...(suppressed > 0 ? { suppressed } : {}),
      msg,
    };
    this.#write(`${JSON.stringify(line)}\n`);
  }
}

/** Creates OpenTelemetry's diagnostic logger, to be registered. Without one, OpenTelemetry fails silently. */
export function createDiagnostics(variables: NodeJS.ProcessEnv): Diagnostics {
  const asked = variables[LOG_LEVEL_VARIABLE]?.trim().toLowerCase() ?? "";
  const diagnostics = new Diagnostics({ level: LEVEL_NAMES.get(asked) ?? DiagLogLevel.WARN });
  if (asked !== "" && !LEVEL_NAMES.has(asked)) {
    diagnostics.warn(`${LOG_LEVEL_VARIABLE} knows no ${JSON.stringify(asked)}: using warn`);
  }
  return diagnostics;
}
