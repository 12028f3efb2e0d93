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
  /** What this Node brings. */
  npm: "11.19.0",
  compose: "5.5.1",
} as const;

/**
 * Tempo as it can be built without its repository: the module proxy has no version with a number above 1.5, only some
 * commits. This one, of May 2025, stands shortly before Tempo 2.8. The image is the newest.
 */
export const TEMPO_COMMIT = "v1.5.1-0.20250529124718-87c2dc380cec";
