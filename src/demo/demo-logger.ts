import { type Logger, pino } from "pino";
import { prettyFactory } from "pino-pretty";
import { createLogger } from "../telemetry.ts";
import type { LogFile } from "./log-file.ts";

/** How lines look and whose they are. */
export interface DemoLoggerOptions {
  /** Default `OTEL_SERVICE_NAME`. */
  readonly serviceName?: string;
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  /** `false` for lines that are to hold a secret. */
  readonly redact?: false;
  /** Gets every line as JSON as well. */
  readonly logFile?: LogFile | undefined;
}

/** What a person need not see in each line; JSON has all of it. */
const LEFT_OUT = "service\\.name,span_id,trace_flags,actor_id,actor_type,event";

/** A logger on stdout that has written a line when its call returns: none is lost at exit. */
export function createDemoLogger({ pretty, logFile, ...options }: DemoLoggerOptions): Logger {
  const stdout = pino.destination({ fd: process.stdout.fd, sync: true });
  if (!pretty && logFile === undefined) return createLogger({ ...options, destination: stdout });
  const format = pretty ? prettyFormat() : (line: string): string => line;
  return createLogger({
    ...options,
    destination: {
      write(line) {
        stdout.write(format(line));
        logFile?.write(line);
      },
    },
  });
}

/** The formatter itself and not pino-pretty's stream, which hands lines on in a later turn. */
function prettyFormat(): (line: string) => string {
  return prettyFactory({
    colorize: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
    ignore: LEFT_OUT,
    messageFormat: "{if actor_id}{actor_id} {end}{msg}",
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
}
