// The context manager of an SDK that is older than `attach`, as SDK 2.x brings it.
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { createSystem } from "../../../src/index.ts";
import { exercise, failOnUncaught, report } from "./report.ts";

failOnUncaught();
const manager = new AsyncLocalStorageContextManager();
Object.defineProperty(manager, "attach", { value: undefined });
context.setGlobalContextManager(manager.enable());
const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
);
const system = createSystem();
await exercise(system);
await system.shutdown();
report({
  handlers: exporter
    .getFinishedSpans()
    .filter(({ name }) => name === "worker.work")
    .map((span) => span.spanContext().traceId),
});
