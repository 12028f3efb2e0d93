import { readFileSync } from "node:fs";
import {
  type Agent,
  type AgentOptions,
  globalAgent,
  Agent as HttpAgent,
  validateHeaderName,
  validateHeaderValue,
} from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { VERSION } from "../../telemetry/version.ts";
import type { Environment } from "../environment.ts";
import { loadCore, loadOtlpNodeHttp } from "../packages.ts";

/** Signals that are exported. Each has its own variables and path. */
export const OtlpSignal = { Traces: "traces", Metrics: "metrics", Logs: "logs" } as const;
export type OtlpSignal = (typeof OtlpSignal)[keyof typeof OtlpSignal];

/** Encodings of a request. */
export const OtlpProtocol = { Json: "http/json", Protobuf: "http/protobuf" } as const;
export type OtlpProtocol = (typeof OtlpProtocol)[keyof typeof OtlpProtocol];

const CONTENT_TYPE: Readonly<Record<OtlpProtocol, string>> = {
  [OtlpProtocol.Json]: "application/json",
  [OtlpProtocol.Protobuf]: "application/x-protobuf",
};

/** Options of a connection to a collector. They can be posted to another thread. */
export interface ConnectionOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** Variables that name a proxy, if Node is configured to use them. */
  readonly proxyEnv?: NodeJS.ProcessEnv;
}

/** Endpoint and transport settings of one signal. */
export interface OtlpEndpoint {
  readonly url: URL;
  readonly protocol: OtlpProtocol;
  readonly gzip: boolean;
  /** Timeout of one batch, including all its attempts. */
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly connection: ConnectionOptions;
  /** Keeps connections alive. */
  readonly agent: Agent;
}

/**
 * Reads `OTEL_EXPORTER_OTLP_*` of a signal.
 *
 * Endpoint, timeout and compression are read by the exporters' own code. Their code for headers and
 * certificates is asynchronous, which a crashing process cannot wait for.
 */
export function otlpEndpoint(environment: Environment, signal: OtlpSignal): OtlpEndpoint {
  const protocol = chooseProtocol(environment, signal);
  const { url, compression, timeoutMillis } = loadOtlpNodeHttp().convertLegacyHttpOptions(
    {},
    signal.toUpperCase(),
    `v1/${signal}`,
    {},
  );
  const target = requireHttp(new URL(url), environment, signal);
  const connection = readConnection(environment, signal);
  return {
    url: target,
    protocol,
    gzip: compression === "gzip",
    timeoutMs: timeoutMillis,
    headers: {
      ...readHeaders(environment, signal),
      "Content-Type": CONTENT_TYPE[protocol],
      "User-Agent": `limelight/${VERSION}`,
    },
    connection,
    agent: createAgent(target, connection),
  };
}

function readHeaders(environment: Environment, signal: OtlpSignal): Record<string, string> {
  return {
    ...readHeaderList(environment, "OTEL_EXPORTER_OTLP_HEADERS"),
    ...readHeaderList(environment, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`),
  };
}

/**
 * Drops headers that HTTP does not allow, because every request would fail. Values are secret and not
 * reported.
 */
function readHeaderList(environment: Environment, name: string): Record<string, string> {
  const text = environment.text(name);
  const entries = Object.entries(loadCore().parseKeyPairsIntoRecord(text) as object);
  const valid = entries.filter(([header, value]) => isHeader(header, value));
  const asked = text?.split(",").filter((pair) => pair.trim() !== "").length ?? 0;
  if (valid.length < asked) {
    environment.report(
      `${name} must be a list of key=value pairs, percent-encoded: ignoring ${asked - valid.length} of ${asked}`,
    );
  }
  return Object.fromEntries(valid) as Record<string, string>;
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Reads the files named by the certificate variables. The exporters' code has reported unreadable ones. */
function readConnection(environment: Environment, signal: OtlpSignal): ConnectionOptions {
  const read = (what: string): Buffer | undefined => {
    const path = environment.firstOf(
      `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${what}`,
      `OTEL_EXPORTER_OTLP_${what}`,
    );
    try {
      return path === undefined ? undefined : readFileSync(path);
    } catch {
      return undefined;
    }
  };
  const ca = read("CERTIFICATE");
  const cert = read("CLIENT_CERTIFICATE");
  const key = read("CLIENT_KEY");
  // Node's global agent has the option exactly when the application's own requests use a proxy.
  const { proxyEnv } = (globalAgent as Agent & { readonly options: AgentOptions }).options;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(proxyEnv === undefined ? {} : { proxyEnv: { ...proxyEnv } as NodeJS.ProcessEnv }),
  };
}

function createAgent({ protocol }: URL, connection: ConnectionOptions): Agent {
  const options = { keepAlive: true, ...connection };
  return protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
}

function chooseProtocol(environment: Environment, signal: OtlpSignal): OtlpProtocol {
  const asked = environment.firstOf(
    `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`,
    "OTEL_EXPORTER_OTLP_PROTOCOL",
  );
  if (asked === undefined) return OtlpProtocol.Json;
  const known = Object.values(OtlpProtocol).find((protocol) => protocol === asked);
  if (known !== undefined) return known;
  environment.report(
    `limelight/preload sends ${signal} by http/json or http/protobuf, not ${JSON.stringify(asked)}: using http/json`,
  );
  return OtlpProtocol.Json;
}

/** `localhost:4318` parses as a URL of the scheme `localhost`. */
function requireHttp(url: URL, environment: Environment, signal: OtlpSignal): URL {
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  const fallback = new URL(`http://localhost:4318/v1/${signal}`);
  environment.report(
    `the OTLP endpoint for ${signal} must begin with http:// or https://, not ${url.protocol}: using ${fallback}`,
  );
  return fallback;
}

/** Returns the endpoint for display, without credentials and query, which may contain a key. */
export function describeEndpoint(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
