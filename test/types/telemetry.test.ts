import assert from "node:assert/strict";
import { it } from "node:test";
import type { Span } from "@opentelemetry/api";
import type { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import type { MetricProducer } from "@opentelemetry/sdk-metrics";
import type { Logger } from "pino";
import type { ActorSystem } from "../../src/index.ts";
import {
  createLogger,
  DeltaGauge,
  latencyHistogram,
  metricProducer,
  withSpan,
} from "../../src/telemetry.ts";
import { createProbe, expectBooks, inMemoryTelemetry } from "../../src/testing.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

/** Compiled, never run: every directive marks an error that has to stay one. */
export function telemetry(): void {
  const sync = withSpan("sync", (span) => {
    expectType<Same<typeof span, Span>>();
    return 1;
  });
  expectType<Same<typeof sync, number>>();
  const later = withSpan("later", async () => "text");
  expectType<Same<typeof later, Promise<string>>>();
  // @ts-expect-error: a function is needed
  withSpan("none");
  // @ts-expect-error: an unknown option
  withSpan("wrong", () => 1, { sampled: true });

  const logger = createLogger({ level: "debug" });
  expectType<Same<typeof logger, Logger>>();
  // @ts-expect-error: an unknown option
  createLogger({ pretty: true });

  // A producer has the SDK's own type, although limelight does not depend on the SDK.
  const producer: MetricProducer = metricProducer();
  const exporterOptions: ConstructorParameters<typeof PrometheusExporter>[0] = {
    metricProducers: [metricProducer()],
  };
  void [producer, exporterOptions];

  latencyHistogram("checkout.duration", { boundaries: [1, 2] }).record(1);
  // @ts-expect-error: seconds are a number
  latencyHistogram("checkout.duration").record("1");
  // @ts-expect-error: a counter is needed
  new DeltaGauge();
}

/** Compiled, never run. */
export async function testing(system: ActorSystem): Promise<void> {
  const probe = createProbe<number>(system);
  probe.ref.tell.receive(1);
  const next = await probe.next();
  expectType<Same<typeof next, number>>();
  // @ts-expect-error: a wrong message of a probe
  probe.ref.tell.receive("1");
  // @ts-expect-error: a system is needed
  expectBooks(system.books());
  // @ts-expect-error: an unknown option
  inMemoryTelemetry({ level: "debug" });
}

it("telemetry is typed: tsc has compiled this file", () => {
  assert.equal(typeof telemetry, "function");
  assert.equal(typeof testing, "function");
});
