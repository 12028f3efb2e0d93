/**
 * The versions of the stack's programs, in one place: the compose files' images, the collector's manifest and
 * what `npm run tools` builds all have these, and a test holds them to it.
 */
export const StackVersion = {
  collector: "0.159.0",
  prometheus: "3.14.0",
  tempo: "3.0.3",
  loki: "3.7.6",
  grafana: "13.2.3",
  jaeger: "2.20.0",
  node: "24.21.0",
} as const;
