// The SDK comes when the system is already at work, and everything is registered globally.
import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { createSystem } from "../../../src/index.ts";
import { metricProducer } from "../../../src/telemetry.ts";
import { expectBooks } from "../../../src/testing.ts";
import { Readings } from "../../_support/telemetry-readings.ts";
import { exercise, failOnUncaught, report, spawnWorker } from "./report.ts";

failOnUncaught();
const system = createSystem();
const early = spawnWorker(system);
await exercise(system);
await early.ask.work();

const exporter = new InMemorySpanExporter();
const readings = new Readings("record");
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
);
metrics.setGlobalMeterProvider(readings.provider);

await early.ask.work(); // the dispatcher notices the context manager
exporter.reset();
await early.ask.work();
const names = exporter.getFinishedSpans().map((span) => span.name);
const before = await readings.collect();
await exercise(system); // a spawn notices the meter provider
const after = await readings.collect();
const handled = await readings.total("actor.message.handled");
report({
  spans: names.toSorted(),
  before: [...before.keys()],
  after: [...after.keys()].toSorted(),
  handled,
  handledByBooks: system.books().handled,
});

metricProducer();
await system.shutdown();
expectBooks(system);
report({
  stopped: await readings.total("actor.stopped"),
  active: await readings.total("actor.active"),
});
