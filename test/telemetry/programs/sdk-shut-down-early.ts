// The SDK is shut down, and its globals taken away, under a system that goes on.
import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { createSystem } from "../../../src/index.ts";
import { expectBooks } from "../../../src/testing.ts";
import { Readings } from "../../_support/telemetry-readings.ts";
import { exercise, failOnUncaught, report } from "./report.ts";

failOnUncaught();
const exporter = new InMemorySpanExporter();
const tracerProvider = new TracerProvider({
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
});
const readings = new Readings("record");
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(tracerProvider);
metrics.setGlobalMeterProvider(readings.provider);

const system = createSystem();
await exercise(system);
const spans = exporter.getFinishedSpans().length;
await Promise.all([tracerProvider.shutdown(), readings.provider.shutdown()]);
await exercise(system);
trace.disable();
metrics.disable();
context.disable();
await exercise(system);
await system.shutdown();
expectBooks(system);
report({ spans, handled: system.books().handled });
