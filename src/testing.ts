/**
 * A manual clock, probes, telemetry in memory, and a check that nothing was lost.
 *
 * @module limelight/testing
 */
import "./base/node/require-node.ts";

export { expectBooks, findImbalances } from "./testing/expect-books.ts";
export {
  InMemoryTelemetry,
  type InMemoryTelemetryOptions,
  inMemoryTelemetry,
  type LogLine,
  type MetricPoint,
} from "./testing/in-memory-telemetry.ts";
export { ManualClock } from "./testing/manual-clock.ts";
export { createProbe, Probe, type ProbeMessages } from "./testing/probe.ts";
