import { context } from "@opentelemetry/api";
import { createSystem, type MonitoredSystem } from "../../src/index.ts";
import { refreshApiGlobals } from "../../src/telemetry/context/api-globals.ts";
import { type InMemoryTelemetry, inMemoryTelemetry, type ManualClock } from "../../src/testing.ts";
import type { LineBook } from "./line-book.ts";
import type { WorldPlan } from "./plan.ts";
import type { SpanBook } from "./span-book.ts";

/** Registers OpenTelemetry's context manager, or takes it away as where there has never been an SDK. */
export function prepareSdk({ sdk }: WorldPlan): InMemoryTelemetry | undefined {
  if (sdk === "present") return inMemoryTelemetry();
  context.disable();
  refreshApiGlobals();
  return undefined;
}

/** Creates the system of a scenario. */
export function createStageSystem(
  world: WorldPlan,
  parts: {
    readonly clock: ManualClock | undefined;
    readonly telemetry: InMemoryTelemetry | undefined;
    readonly spans: SpanBook;
    readonly lines: LineBook;
  },
): MonitoredSystem {
  const { clock, telemetry, spans, lines } = parts;
  const { rootSampleRatio, sdk } = world;
  const traced = { tracerProvider: spans.provider, rootSampleRatio };
  return createSystem({
    ...(clock === undefined ? {} : { clock }),
    ...(telemetry === undefined ? {} : { metrics: telemetry.systemOptions.metrics ?? true }),
    logger: lines.logger,
    tracing: sdk === "present" && world.tracing ? traced : world.tracing && sdk === "absent",
    onDeadlock: world.onDeadlock,
    monitor: world.monitor,
    askTimeoutMs: world.askTimeoutMs,
    shutdownDeadlineMs: world.shutdownDeadlineMs,
  });
}
