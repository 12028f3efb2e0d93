import { isIP } from "node:net";
import { ErrorCode, UsageError } from "../../base/errors.ts";

/** Where a server is. */
export interface NatsServerAddress {
  /** Host and port, as the client takes them. */
  readonly address: string;
  readonly host: string;
  readonly isLoopback: boolean;
}

const DEFAULT_PORT = "4222";
const SCHEMES: ReadonlySet<string> = new Set(["nats:", "tls:"]);
const HAS_SCHEME = /^[a-z][a-z\d+.-]*:\/\//i;
const MAX_SERVERS = 64;

/**
 * Reads the option `servers`.
 *
 * @throws UsageError `ERR_INVALID_OPTION`. Its message does not repeat an address, which may contain a password
 */
export function parseServers(servers: unknown): {
  readonly servers: readonly NatsServerAddress[];
  /** Whether an address begins with `tls://`; all connections are encrypted then. */
  readonly asksForTls: boolean;
} {
  const texts: readonly unknown[] = Array.isArray(servers) ? servers : [servers];
  if (texts.length === 0 || texts.length > MAX_SERVERS) {
    throw invalid(`\`servers\` must be 1 to ${MAX_SERVERS} addresses`);
  }
  const urls = texts.map(toUrl);
  return {
    servers: urls.map(toAddress),
    asksForTls: urls.some(({ protocol }) => protocol === "tls:"),
  };
}

function toUrl(text: unknown, at: number): URL {
  const whole = typeof text === "string" && !HAS_SCHEME.test(text) ? `nats://${text}` : text;
  const url = typeof whole === "string" && URL.canParse(whole) ? new URL(whole) : undefined;
  const isAddress =
    url !== undefined &&
    SCHEMES.has(url.protocol) &&
    url.hostname !== "" &&
    (url.pathname === "" || url.pathname === "/") &&
    url.search === "" &&
    url.hash === "" &&
    url.port !== "0";
  if (!isAddress) {
    throw invalid(
      `\`servers\` must be addresses such as nats://10.0.0.1:4222; number ${at + 1} is not`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid("`servers` must not contain a password: set `user` and `password`, or `token`");
  }
  return url;
}

function toAddress({ hostname, port }: URL): NatsServerAddress {
  return {
    address: `${hostname}:${port === "" ? DEFAULT_PORT : port}`,
    host: hostname,
    isLoopback: isLoopback(hostname),
  };
}

/** Only what is loopback by itself: other names may resolve to anything. */
function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  if (host === "localhost" || host === "[::1]") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

function invalid(message: string): UsageError {
  return new UsageError(message, { code: ErrorCode.InvalidOption });
}
