// Spans are wanted but no context manager is there: identity and parents come from what a message carries.
import { trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { createSystem } from "../../../src/index.ts";
import { expectBooks } from "../../../src/testing.ts";
import { exercise, failOnUncaught, report } from "./report.ts";

failOnUncaught();
const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
);
const system = createSystem();
await exercise(system);
await system.shutdown();
expectBooks(system);
const spans = exporter.getFinishedSpans();
const ids = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
report({
  parents: spans
    .map(({ name, parentSpanContext }) => [name, ids.get(parentSpanContext?.spanId ?? "") ?? null])
    .toSorted(),
});
