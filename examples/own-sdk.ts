// limelight in an application with an OpenTelemetry SDK of its own: no preload, one pipeline.
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createSystem, defineActor } from "limelight";
import { metricProducer } from "limelight/telemetry";

const metrics = new PrometheusExporter({
  preventServerStart: true,
  // From here on limelight's histograms go out whole, which costs next to nothing.
  metricProducers: [metricProducer()],
});
const sdk = new NodeSDK({
  serviceName: "own-sdk",
  traceExporter: new OTLPTraceExporter(), // honours OTEL_EXPORTER_OTLP_ENDPOINT
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
await sdk.shutdown();
