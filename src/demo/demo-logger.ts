import { createRequire } from "node:module";
import { type Logger, pino } from "pino";
import type * as PinoPretty from "pino-pretty";
import { createLogger } from "../telemetry.ts";
import type { LineGate } from "./line-gate.ts";
import type { LogFile } from "./log-file.ts";

/** Options of {@link createDemoLogger}. */
export interface DemoLoggerOptions {
  /** `service.name` of the lines. Default: `OTEL_SERVICE_NAME`. */
  readonly serviceName?: string;
  /** Whether lines are human-readable instead of JSON. */
  readonly pretty: boolean;
  /** `false` for lines that must contain a secret. */
  readonly redact?: false;
  /** File that also receives every line, as JSON. */
  readonly logFile?: LogFile | undefined;
  /** Holds lines back until it is opened. Default: lines are written at once. */
  readonly gate?: LineGate;
}

const require = createRequire(import.meta.url);
const PRETTY = "pino-pretty";

/** The line that explains why the demo prints JSON on a terminal. */
export const NO_PRETTY_LINES =
  "log lines are JSON: install pino-pretty for human-readable ones (npm install pino-pretty)";

/** Returns whether lines can be human-readable: the package for it is an optional peer dependency. */
export function canPrintPretty(): boolean {
  try {
    require.resolve(PRETTY);
    return true;
  } catch {
    return false;
  }
}

/** Fields left out of human-readable lines. JSON lines contain all fields. */
const LEFT_OUT = "service\\.name,span_id,trace_flags,actor_id,actor_type,event";

/** Creates a logger that writes to stdout synchronously, so that no line is lost at exit. */
export function createDemoLogger(all: DemoLoggerOptions): Logger {
  const { pretty, logFile, gate, ...options } = all;
  const stdout = pino.destination({ fd: process.stdout.fd, sync: true });
  const isPlain = !pretty && logFile === undefined && gate === undefined;
  if (isPlain) return createLogger({ ...options, destination: stdout });
  const format = pretty ? prettyFormat() : (line: string): string => line;
  const write = (line: string): void => {
    stdout.write(format(line));
    logFile?.write(line);
  };
  const held = gate && ((line: string) => gate.pass(() => write(line)));
  return createLogger({ ...options, destination: { write: held ?? write } });
}

/** Returns the formatter itself instead of pino-pretty's stream, which passes lines on in a later turn. */
function prettyFormat(): (line: string) => string {
  const { prettyFactory } = require(PRETTY) as typeof PinoPretty;
  return prettyFactory({
    colorize: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
    ignore: LEFT_OUT,
    messageFormat: "{if actor_id}{actor_id} {end}{msg}",
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
}
