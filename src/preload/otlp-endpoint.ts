import type { Agent } from "node:http";
import { VERSION } from "../telemetry/version.ts";
import type { Environment } from "./environment.ts";
import { loadOtlpNodeHttp } from "./packages.ts";

/** What is sent: each has variables and a path of its own. */
export const OtlpSignal = { Traces: "traces", Metrics: "metrics" } as const;
export type OtlpSignal = (typeof OtlpSignal)[keyof typeof OtlpSignal];

/** How it is encoded. */
export const OtlpProtocol = { Json: "http/json", Protobuf: "http/protobuf" } as const;
export type OtlpProtocol = (typeof OtlpProtocol)[keyof typeof OtlpProtocol];

const CONTENT_TYPE: Readonly<Record<OtlpProtocol, string>> = {
  [OtlpProtocol.Json]: "application/json",
  [OtlpProtocol.Protobuf]: "application/x-protobuf",
};

/** Where and how one signal goes to a collector. */
export interface OtlpEndpoint {
  readonly url: URL;
  readonly protocol: OtlpProtocol;
  readonly gzip: boolean;
  /** For one batch, all its attempts included. */
  readonly timeoutMs: number;
  headers(): Promise<Record<string, string>>;
  /** Keeps connections alive; made once, with the certificates the environment names. */
  agent(): Promise<Agent>;
}

/**
 * Reads `OTEL_EXPORTER_OTLP_*` of a signal with the exporters' own code: endpoint, headers, time-out,
 * compression, certificates.
 */
export function otlpEndpoint(environment: Environment, signal: OtlpSignal): OtlpEndpoint {
  const protocol = chooseProtocol(environment, signal);
  const { url, headers, compression, timeoutMillis, agentFactory } =
    loadOtlpNodeHttp().convertLegacyHttpOptions({}, signal.toUpperCase(), `v1/${signal}`, {
      "Content-Type": CONTENT_TYPE[protocol],
    });
  const target = requireHttp(new URL(url), environment, signal);
  let agent: Promise<Agent> | undefined;
  return {
    url: target,
    protocol,
    gzip: compression === "gzip",
    timeoutMs: timeoutMillis,
    headers: async () => ({ ...(await headers()), "User-Agent": `limelight/${VERSION}` }),
    agent: () => {
      agent ??= Promise.resolve(agentFactory(target.protocol) as Agent | Promise<Agent>);
      return agent;
    },
  };
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

/** The endpoint for people: without credentials and query, which may hold a key. */
export function describeEndpoint(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
