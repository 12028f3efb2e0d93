/**
 * The versions of the stack's programs, in one place: the compose files' images, the collector's manifest and
 * what `npm run tools` builds all have these, and a test holds them to it.
 */
export const StackVersion = {
  collector: "0.159.0",
  prometheus: "3.14.0",
  jaeger: "2.13.0",
  victoriaLogs: "1.52.1",
  grafana: "13.2.3",
  nats: "2.15.2",
  /** The oldest NATS that clusters support, as in Debian 12. */
  oldNats: "2.9.10",
  /** Grafana's plugin `victoriametrics-logs-datasource`. */
  victoriaLogsPlugin: "0.32.0",
  node: "24.21.0",
  /** What this Node brings. */
  npm: "11.19.0",
  compose: "5.5.1",
} as const;

/** Jaeger's Go module counts as version 1 did: this is Jaeger {@link StackVersion.jaeger}, the newest that it has. */
export const JAEGER_MODULE = "v1.76.0";
