import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { type Clock, type ClockTimer, systemClock } from "../../src/base/clock.ts";
import { Diagnostics } from "../../src/preload/diagnostics.ts";
import { Environment } from "../../src/preload/environment.ts";
import { otlpEndpoint } from "../../src/preload/otlp/otlp-endpoint.ts";
import { OtlpExporter } from "../../src/preload/otlp/otlp-exporter.ts";
import { MetricDelivery } from "../../src/preload/otlp/otlp-metric-exporter.ts";
import { spanEncoder } from "../../src/preload/otlp/span-encoder.ts";
import { ManualClock } from "../../src/testing.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { until } from "../_support/telemetry-until.ts";

/** The exporters' own code reads these from the process. */
const VARIABLES = /^OTEL_EXPORTER_OTLP_/;

function setVariables(variables: Record<string, string>): void {
  for (const name of Object.keys(process.env)) if (VARIABLES.test(name)) delete process.env[name];
  Object.assign(process.env, variables);
}

function exporterFor(
  variables: Record<string, string>,
  clock: Clock = systemClock,
): OtlpExporter<ReadableSpan> {
  setVariables(variables);
  const environment = new Environment(process.env, () => {});
  const endpoint = otlpEndpoint(environment, "traces");
  return new OtlpExporter(endpoint, spanEncoder(endpoint.protocol), clock);
}

function spans(count: number): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer("test");
  for (let index = 0; index < count; index += 1) tracer.startSpan(`span ${index}`).end();
  return exporter.getFinishedSpans();
}

/** A clock that stands still and counts the back-offs: the only delays of about a second. */
class BackOffClock extends ManualClock {
  backOffs = 0;

  override schedule(callback: () => void, delayMs: number): ClockTimer {
    if (delayMs >= 800 && delayMs <= 1_200) this.backOffs += 1;
    return super.schedule(callback, delayMs);
  }
}

const never = new AbortController().signal;

/** A port of loopback where nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

describe("the OTLP metric exporter", () => {
  /** Metrics of the SDK, flushed through the exporter. */
  async function push(variables: Record<string, string>): Promise<string[]> {
    setVariables(variables);
    const lines: string[] = [];
    const diagnostics = new Diagnostics({ write: (line) => lines.push(line) });
    const endpoint = otlpEndpoint(new Environment(process.env, () => {}), "metrics");
    const exporter = new MetricDelivery(endpoint, systemClock, diagnostics).exporter();
    const provider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter })],
    });
    provider.getMeter("test").createCounter("jobs").add(3);
    await provider.shutdown();
    return lines;
  }

  it("sends protobuf when asked", async () => {
    await using receiver = await OtlpReceiver.start();
    const lines = await push({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/protobuf",
    });
    const [request] = receiver.requests;
    assert.deepEqual([request?.path, lines], ["/v1/metrics", []]);
    assert.equal(request?.headers["content-type"], "application/x-protobuf");
    assert.ok(request?.body.includes("jobs"));
  });

  it("says what the collector answered when it refuses", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith({ status: 401 });
    const [line] = await push({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    assert.match(line ?? "", /"error_type":"401".*answered with status 401.*metrics not exported/);
  });
});

describe("the OTLP span exporter", () => {
  it("sends JSON to /v1/traces with the headers of the environment", async () => {
    await using receiver = await OtlpReceiver.start();
    const exporter = exporterFor({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=secret",
    });

    const receipt = await exporter.export(spans(3), never);

    assert.deepEqual(receipt, { failed: 0 });
    assert.deepEqual(
      receiver.spans.map((span) => span.name),
      ["span 0", "span 1", "span 2"],
    );
    const [request] = receiver.requests;
    assert.deepEqual([request?.path, request?.headers["x-key"]], ["/v1/traces", "secret"]);
    assert.match(String(request?.headers["user-agent"]), /^limelight\//);
  });

  it("compresses when asked", async () => {
    await using receiver = await OtlpReceiver.start();
    const exporter = exporterFor({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    });
    await exporter.export(spans(1), never);
    assert.equal(receiver.requests[0]?.headers["content-encoding"], "gzip");
    assert.equal(receiver.spans.length, 1);
  });

  it("sends protobuf when asked, to the signal's own endpoint", async () => {
    await using receiver = await OtlpReceiver.start();
    const exporter = exporterFor({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/own/path`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    });
    await exporter.export(spans(1), never);
    const [request] = receiver.requests;
    assert.equal(request?.path, "/own/path");
    assert.equal(request?.headers["content-type"], "application/x-protobuf");
    assert.ok(request?.body.includes("span 0"));
  });

  it("tells how many spans the collector rejected, and why", async () => {
    await using receiver = await OtlpReceiver.start();
    const body = JSON.stringify({
      partialSuccess: { rejectedSpans: "2", errorMessage: "too old" },
    });
    receiver.answerWith({ status: 200, body });
    const exporter = exporterFor({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    const receipt = await exporter.export(spans(3), never);
    assert.deepEqual(receipt, { failed: 2, errorType: "rejected", message: "too old" });
  });

  it("takes an answer of 200 that is no OTLP for success", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith({ status: 200, body: "fine" });
    const exporter = exporterFor({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    assert.deepEqual(await exporter.export(spans(3), never), { failed: 0 });
  });

  it("tries again after the time a busy collector names", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith({ status: 503, headers: { "retry-after": "0.02" } });
    const exporter = exporterFor({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    const receipt = exporter.export(spans(1), never);
    await receiver.until("second attempt", () => receiver.requests[1]);
    receiver.accept();
    assert.deepEqual(await receipt, { failed: 0 });
  });

  it("does not repeat what the collector refuses", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith({ status: 500 });
    const exporter = exporterFor({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    const { failed, errorType } = await exporter.export(spans(3), never);
    assert.deepEqual([failed, errorType, receiver.requests.length], [3, "500", 1]);
  });

  it("waits no longer than OTEL_EXPORTER_OTLP_TIMEOUT", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith("nothing");
    const exporter = exporterFor({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: "50",
    });
    const { failed, errorType } = await exporter.export(spans(3), never);
    assert.deepEqual([failed, errorType], [3, "timeout"]);
  });

  it("ends when it is told to", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith("nothing");
    const exporter = exporterFor({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    const controller = new AbortController();
    const receipt = exporter.export(spans(3), controller.signal);
    await receiver.until("request", () => receiver.requests[0]);
    controller.abort();
    assert.equal((await receipt).failed, 3);
  });

  it("gives up at once in a hurry where nothing ever listened", async () => {
    const exporter = exporterFor({ OTEL_EXPORTER_OTLP_ENDPOINT: await deadUrl() });
    exporter.beginFlush();
    const { failed, errorType } = await exporter.export(spans(2), never);
    assert.deepEqual([failed, errorType], [2, "ECONNREFUSED"]);
  });

  it("ends a back-off with one more attempt when it has to hurry", async () => {
    const clock = new BackOffClock();
    const exporter = exporterFor({ OTEL_EXPORTER_OTLP_ENDPOINT: await deadUrl() }, clock);
    const receipt = exporter.export(spans(1), never);
    await until(() => clock.backOffs === 1, "a back-off");

    exporter.beginFlush();

    assert.equal((await receipt).errorType, "ECONNREFUSED");
    assert.equal(clock.backOffs, 1);
    await until(() => clock.pendingTimers === 0, "the end of all timers");
  });

  it("waits for a collector that was there and is away for a moment, even in a hurry", async () => {
    const clock = new BackOffClock();
    const receiver = await OtlpReceiver.start();
    const { url } = receiver;
    const exporter = exporterFor({ OTEL_EXPORTER_OTLP_ENDPOINT: url }, clock);
    await exporter.export(spans(1), never);
    await receiver[Symbol.asyncDispose]();
    exporter.beginFlush();

    const receipt = exporter.export(spans(1), never);
    await until(() => clock.backOffs === 1, "a back-off");
    await using again = await OtlpReceiver.start(Number(new URL(url).port));
    await clock.advance(1_200);

    assert.deepEqual(await receipt, { failed: 0 });
    assert.equal(again.spans.length, 1);
  });

  it("falls back to the default for an endpoint without http://, and says so", () => {
    const problems: string[] = [];
    process.env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "collector:4318";
    const environment = new Environment({}, (problem) => problems.push(problem));
    const { url } = otlpEndpoint(environment, "traces");
    delete process.env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
    assert.equal(url.href, "http://localhost:4318/v1/traces");
    assert.match(problems.join(), /must begin with http:\/\/ or https:\/\//);
  });

  it("falls back to http/json for a protocol it does not speak, and says so", () => {
    const problems: string[] = [];
    const variables = { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
    const environment = new Environment(variables, (problem) => problems.push(problem));
    assert.equal(otlpEndpoint(environment, "traces").protocol, "http/json");
    assert.match(problems.join(), /"grpc": using http\/json/);
  });
});
