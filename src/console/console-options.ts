import { type Clock, systemClock } from "../base/clock.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { quote } from "../base/names.ts";
import { numberOption, requireKnownKeys } from "../base/options.ts";
import { bareHost, isLoopback } from "../http/host-names.ts";
import { createToken } from "../http/token.ts";

/** Options of {@link createConsole}. */
export interface ConsoleOptions {
  /** TCP port. Default 4400; 0 selects a free one. */
  readonly port?: number;
  /**
   * Address to listen on. Default `127.0.0.1`. Any address outside loopback requires `token` and
   * `allowedHosts`.
   */
  readonly host?: string;
  /**
   * Host names that the console answers to, in addition to those of loopback: `name:port`, or `name` for any
   * port. They are written as in the browser's address bar. Default: none.
   */
  readonly allowedHosts?: readonly string[];
  /** 16 to 256 characters of `A-Z a-z 0-9 _ . ~ -`. Default: 256 random bits, different for each console. */
  readonly token?: string;
  /** Whether viewers may stop, restart and kill actors and send them messages. Default `false`. */
  readonly allowActions?: boolean;
  /** Whether viewers see the state of actors. Default `false`. */
  readonly showState?: boolean;
  /**
   * Additional keys whose values are redacted in states, log fields and span attributes; case is ignored.
   * Default: none.
   */
  readonly redact?: readonly string[];
  /** URL template of a trace in another tool, with `{traceId}` as placeholder. Default: none. */
  readonly traceLink?: string;
  /** Memory limit of the kept traces, in bytes. Default 8 MiB. */
  readonly traceBytes?: number;
  /** Memory limit of the kept log lines, in bytes. Default 2 MiB. */
  readonly logBytes?: number;
  /** Maximum number of simultaneous viewers. Default 64. */
  readonly maxViewers?: number;
  /** Whether a console may be created with `NODE_ENV=production`. Default `false`. */
  readonly production?: boolean;
  /** Default: the system clock. */
  readonly clock?: Clock;
}

/** The options with defaults filled in. */
export interface ConsoleSettings
  extends Required<Omit<ConsoleOptions, "production" | "traceLink">> {
  readonly traceLink: string | null;
}

/** Default port of a console. */
export const DEFAULT_CONSOLE_PORT = 4_400;

const KIB = 1_024;
const MIB = KIB * KIB;
const RING_BYTES = { min: 16 * KIB, max: 1_024 * MIB, integer: true };
const TOKEN = /^[A-Za-z0-9_.~-]{16,256}$/;
const HOST_NAME = /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
/** The names of all options. */
export const CONSOLE_OPTIONS: readonly (keyof ConsoleOptions)[] = [
  "port",
  "host",
  "allowedHosts",
  "token",
  "allowActions",
  "showState",
  "redact",
  "traceLink",
  "traceBytes",
  "logBytes",
  "maxViewers",
  "production",
  "clock",
];

/**
 * Validates `options` and fills in defaults.
 *
 * @throws UsageError `ERR_INVALID_OPTION`, `ERR_CONSOLE_EXPOSED`, `ERR_CONSOLE_PRODUCTION`
 */
export function settleConsole(options: ConsoleOptions): ConsoleSettings {
  requireKnownKeys("a console's options", options, CONSOLE_OPTIONS);
  const { clock = systemClock } = options;
  if (!flag("production", options.production) && process.env["NODE_ENV"] === "production") {
    throw new UsageError(
      "a console is off where NODE_ENV is production, unless `production: true` asks for it",
      { code: ErrorCode.ConsoleProduction },
    );
  }
  const ports = { min: 0, max: 65_535, integer: true };
  const address = text("host", options.host, /^[^\s/]{1,255}$/, "an address") ?? "127.0.0.1";
  const host = bareHost(address);
  const allowedHosts = texts("allowedHosts", options.allowedHosts, HOST_NAME);
  const token = text("token", options.token, TOKEN, "16 to 256 of A-Z a-z 0-9 _ . ~ -");
  if (!isLoopback(host) && (token === undefined || allowedHosts.length === 0)) {
    throw new UsageError(
      `a console that others can reach at ${quote(host)} needs a \`token\` and \`allowedHosts\``,
      { code: ErrorCode.ConsoleExposed },
    );
  }
  return {
    port: numberOption("port", options.port, DEFAULT_CONSOLE_PORT, ports),
    host,
    allowedHosts,
    token: token ?? createToken(),
    allowActions: flag("allowActions", options.allowActions),
    showState: flag("showState", options.showState),
    redact: texts("redact", options.redact, /^.{1,128}$/s),
    traceLink: traceLink(options.traceLink),
    traceBytes: numberOption("traceBytes", options.traceBytes, 8 * MIB, RING_BYTES),
    logBytes: numberOption("logBytes", options.logBytes, 2 * MIB, RING_BYTES),
    maxViewers: numberOption("maxViewers", options.maxViewers, 64, { min: 1, max: 1_000 }),
    clock,
  };
}

function refuse(option: string, wanted: string, value: unknown): UsageError {
  const shown = typeof value === "string" ? quote(value.slice(0, 100)) : typeof value;
  return new UsageError(`\`${option}\` must be ${wanted}, not ${shown}`, {
    code: ErrorCode.InvalidOption,
  });
}

function flag(option: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? false;
  throw refuse(option, "true or false", value);
}

function text(option: string, value: unknown, shape: RegExp, wanted: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && shape.test(value)) return value;
  // The token must not reach a log through an error message.
  throw refuse(option, wanted, option === "token" ? undefined : value);
}

function texts(option: string, value: unknown, shape: RegExp): readonly string[] {
  if (value === undefined) return [];
  const wanted = `a list of texts like ${shape.source}`;
  if (!Array.isArray(value)) throw refuse(option, wanted, value);
  return value.map((item: unknown) => {
    if (typeof item === "string" && shape.test(item)) return item;
    throw refuse(option, wanted, item);
  });
}

function traceLink(value: unknown): string | null {
  if (value === undefined) return null;
  const wanted = "an http or https address with {traceId} in it";
  if (typeof value !== "string" || !value.includes("{traceId}")) {
    throw refuse("traceLink", wanted, value);
  }
  // The page links to it, and a `javascript:` URL would run as a script.
  if (/^https?:\/\//i.test(value) && URL.canParse(value)) return value;
  throw refuse("traceLink", wanted, value);
}
