// limelight in an application that starts its own OpenTelemetry SDK, without the preload.
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createSystem, defineActor } from "limelight";
import { metricProducer } from "limelight/telemetry";

const metrics = new PrometheusExporter({
  preventServerStart: true,
  // Exports limelight's histograms as a whole, at almost no cost per message.
  metricProducers: [metricProducer()],
});
const sdk = new NodeSDK({
  serviceName: "own-sdk",
  traceExporter: new OTLPTraceExporter(), // reads OTEL_EXPORTER_OTLP_ENDPOINT
  metricReaders: [metrics],
  logRecordProcessors: [],
});
sdk.start();

const greeter = defineActor("greeter", {
  handlers: { greet: (_c, name: string) => `hello, ${name}` },
});
const system = createSystem();
console.log(await system.spawn(greeter).ask.greet("world"));
await system.shutdown();

const { resourceMetrics } = await metrics.collect();
const names = resourceMetrics.scopeMetrics.flatMap((scope) =>
  scope.metrics.map(({ descriptor }) => descriptor.name),
);
console.log(names.includes("actor.message.wait.duration") ? "metrics seen" : "metrics missing");
await sdk.shutdown().catch(console.error); // rejects if the collector is away
