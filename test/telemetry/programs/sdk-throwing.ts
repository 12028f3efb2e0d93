// Everything behind OpenTelemetry's API that may fail does: exporters, and readers that collect.
import { context, DiagLogLevel, diag, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import {
  BatchSpanProcessor,
  SimpleSpanProcessor,
  type SpanExporter,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { createSystem } from "../../../src/index.ts";
import { expectBooks } from "../../../src/testing.ts";
import { exercise, failOnUncaught, report } from "./report.ts";

failOnUncaught();
const problems: string[] = [];
const remember = (text: string): void => void problems.push(text);
diag.setLogger(
  { error: remember, warn: remember, info() {}, debug() {}, verbose() {} },
  DiagLogLevel.WARN,
);

class ThrowingExporter implements SpanExporter {
  export(): never {
    throw new Error("exporter");
  }

  shutdown(): Promise<void> {
    return Promise.reject(new Error("exporter's shutdown"));
  }
}

class ThrowingReader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.reject(new Error("reader's shutdown"));
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.reject(new Error("reader's flush"));
  }
}

const broken = { collect: () => Promise.reject(new Error("producer")) };
const reader = new ThrowingReader({ metricProducers: [broken] });
const meterProvider = new MeterProvider({ readers: [reader] });
const exporter = new ThrowingExporter();
const tracerProvider = new TracerProvider({
  spanProcessors: [new SimpleSpanProcessor({ exporter }), new BatchSpanProcessor({ exporter })],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(tracerProvider);
metrics.setGlobalMeterProvider(meterProvider);
// Another library's instrument whose callback fails, beside ours, in the same collection.
meterProvider
  .getMeter("other")
  .createObservableGauge("broken")
  .addCallback(() => {
    throw new Error("callback");
  });

const system = createSystem();
await exercise(system);
const collected = await reader.collect().then(
  ({ errors }) => `resolved with ${errors.length} errors`,
  (error: Error) => `rejected with ${error.message}`,
);
await exercise(system);
await tracerProvider.forceFlush().catch(() => {});
await system.shutdown();
expectBooks(system);
report({ collected, told: problems.length > 0, handled: system.books().handled });
// The SDK's batch processor holds the process for 30 s after an exporter threw.
process.exit();
