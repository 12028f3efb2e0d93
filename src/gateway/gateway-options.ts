import type { Caller } from "../activation/definition/caller.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { quote } from "../base/names.ts";
import {
  choiceOption,
  numberOption,
  optionKeys,
  requireFunction,
  requireKnownKeys,
} from "../base/options.ts";
import type { HealthCheck } from "../health/health-options.ts";
import type { TlsOptions } from "../http/guarded-server.ts";
import { bareHost } from "../http/host-names.ts";
import type { Authenticate } from "./call/authenticate.ts";
import type { Exposed } from "./expose/expose.ts";
import { type GatewayLimits, type LimitSettings, settleLimits } from "./gateway-limits.ts";
import { IncomingTraces } from "./trace/incoming-trace.ts";

/** Options of `createGateway`. */
export interface GatewayOptions {
  /** What can be reached, each made by `expose`. Nothing else is. */
  readonly actors: readonly Exposed<string, unknown>[];
  /** Listens on this port; 0 takes a free one. Default: none, for a gateway that is mounted in another server. */
  readonly port?: number;
  /** Default `127.0.0.1`. Any other host than one of loopback needs `auth`. */
  readonly host?: string;
  /** Serves HTTPS: passed on to `node:https`, unread. Default: HTTP. */
  readonly tls?: TlsOptions;
  /** Path in front of all routes, such as `/api`. Default: none. */
  readonly basePath?: string;
  /**
   * Tokens of at least 16 characters with their callers, a function, or `"anyone"`. Default: only loopback names are
   * served, without a caller.
   */
  readonly auth?: Readonly<Record<string, Caller>> | Authenticate | "anyone";
  /** Names by which it may be addressed, besides those of loopback: `shop.example`, `shop.example:8443`. Default: none. */
  readonly allowedHosts?: readonly string[];
  /** Other sites whose pages may call: `https://shop.example`. Never `*`. Default: none. */
  readonly allowedOrigins?: readonly string[];
  /** Address of the client behind a proxy, for limits. Default: that of the connection. */
  readonly clientAddress?: ClientAddress;
  /** Default: those of {@link GatewayLimits}. */
  readonly limits?: GatewayLimits;
  /** What becomes of a `traceparent` from outside. Default `continue`. */
  readonly incomingTraces?: IncomingTraces;
  /** Checks of `/readyz`, as those of `createHealth`. Default: the system, and that there is room for requests. */
  readonly checks?: Readonly<Record<string, HealthCheck>>;
  /** Whether 400 answers have the messages of schemas. Default `true`; some libraries quote the value in them. */
  readonly issueMessages?: boolean;
  /** Whether ids of callers are on log lines and spans. Default `false`. */
  readonly logCallers?: boolean;
}

/** Returns the address of a client, whose connection comes from `peer`. */
export type ClientAddress = (request: {
  readonly headers: Headers;
  readonly peer: string;
}) => string;

/** {@link GatewayOptions}, checked and with defaults filled in. */
export interface GatewaySettings {
  readonly port: number | undefined;
  readonly host: string;
  readonly tls: TlsOptions | undefined;
  readonly basePath: string;
  readonly auth: GatewayOptions["auth"];
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly clientAddress: ClientAddress | undefined;
  readonly limits: LimitSettings;
  readonly incomingTraces: IncomingTraces;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  readonly issueMessages: boolean;
  readonly logCallers: boolean;
}

const OPTIONS = optionKeys<GatewayOptions>({
  actors: true,
  port: true,
  host: true,
  tls: true,
  basePath: true,
  auth: true,
  allowedHosts: true,
  allowedOrigins: true,
  clientAddress: true,
  limits: true,
  incomingTraces: true,
  checks: true,
  issueMessages: true,
  logCallers: true,
});

const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const ORIGIN = /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const BASE_PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;
const DOTS = /\/\.{1,2}(?:\/|$)/;
const PORTS = { min: 0, max: 65_535, integer: true };

/**
 * Returns the checked options with defaults filled in.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function settleGateway(options: GatewayOptions): GatewaySettings {
  requireKnownKeys("`createGateway`", options ?? null, OPTIONS);
  const { auth, clientAddress, incomingTraces, port, tls, host = "127.0.0.1" } = options;
  requireFunction("clientAddress", clientAddress);
  if (typeof host !== "string" || host === "") throw invalid("`host` must be a name or an address");
  if (tls !== undefined && port === undefined) throw invalid("`tls` needs `port`");
  if (options.host !== undefined && port === undefined) throw invalid("`host` needs `port`");
  return {
    port: port === undefined ? undefined : numberOption("port", port, 0, PORTS),
    host: bareHost(host),
    tls,
    basePath: settleBasePath(options.basePath),
    auth,
    allowedHosts: texts("allowedHosts", options.allowedHosts, HOST, "shop.example:8443"),
    allowedOrigins: texts("allowedOrigins", options.allowedOrigins, ORIGIN, "https://shop.example"),
    clientAddress,
    limits: settleLimits(options.limits),
    incomingTraces: choiceOption(
      "incomingTraces",
      incomingTraces,
      IncomingTraces.Continue,
      Object.values(IncomingTraces),
    ),
    checks: options.checks ?? {},
    issueMessages: flag("issueMessages", options.issueMessages, true),
    logCallers: flag("logCallers", options.logCallers, false),
  };
}

function settleBasePath(path: unknown = ""): string {
  if (path === "") return "";
  if (typeof path === "string" && BASE_PATH.test(path) && !DOTS.test(path)) return path;
  throw invalid("`basePath` must begin with / and not end with it, such as /api");
}

function texts(
  option: string,
  given: readonly string[] = [],
  shape: RegExp,
  example: string,
): readonly string[] {
  if (!Array.isArray(given)) throw invalid(`\`${option}\` must be an array of texts`);
  const odd = given.find((text) => typeof text !== "string" || !shape.test(text));
  if (odd === undefined) return [...given];
  throw invalid(`\`${option}\` must have texts such as ${example}, not ${quote(String(odd))}`);
}

function flag(option: string, given: unknown, fallback: boolean): boolean {
  if (given === undefined) return fallback;
  if (typeof given === "boolean") return given;
  throw invalid(`\`${option}\` must be true or false`);
}

function invalid(message: string): UsageError {
  return new UsageError(message, { code: ErrorCode.InvalidOption });
}
