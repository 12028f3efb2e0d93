import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

/** An actor that has handled a message, kept alive until a signal comes. */
const APP = `
  import { createSystem, defineActor } from "limelight";
  import { latencyHistogram } from "limelight/telemetry";
  import { telemetryStatus } from "limelight/preload";
  const actor = defineActor("desk", { handlers: { order() {} } });
  const ref = createSystem().spawn(actor);
  await ref.ask.order();
  latencyHistogram("checkout.duration").record(0.2);
  setInterval(() => {}, 1_000);
  const url = await telemetryStatus().metricsBound;
  console.log(JSON.stringify({ url: url ?? "none" }));
`;
const OFF = { OTEL_TRACES_EXPORTER: "none" };

/** Samples of a page by name: how many there are, and the first one's value. */
function series(page: string): Map<string, number> {
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.reverse().map((line) => [line.replace(/[{ ].*/, ""), Number(line.split(" ").at(-1))]),
  );
}

/** The delay of the event loop; it is there once the loop has been watched for 10 ms. */
async function delaySeconds(url: string): Promise<number> {
  for (let scrapes = 0; scrapes < 1_000; scrapes += 1) {
    const found = series(await (await fetch(url)).text()).get("nodejs_eventloop_delay_p99_seconds");
    if (found !== undefined) return found;
  }
  return Number.NaN;
}

describe("/metrics of a preloaded application", { concurrency: 2 }, () => {
  it("has the names that OpenTelemetry's rules give, the runtime's, Node's and the preload's", async () => {
    await using receiver = await OtlpReceiver.start();
    await using app = new PreloadProcess({
      esm: APP,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
    const { url } = await app.line("url");

    const response = await fetch(url);
    const found = series(await response.text());

    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(found.get("actor_message_handled_total"), 1);
    assert.equal(found.get("actor_active"), 0);
    assert.equal(found.get("actor_message_wait_duration_seconds_count"), 1);
    assert.equal(found.get("actor_ask_duration_seconds_bucket"), 0);
    assert.equal(found.get("checkout_duration_seconds_sum"), 0.2);
    assert.ok((await delaySeconds(url)) < 1);
    assert.ok((found.get("nodejs_eventloop_utilization_ratio") ?? 9) <= 1);
    assert.ok(found.has("v8js_memory_heap_used_bytes"));
    assert.ok(found.has("v8js_gc_duration_seconds_bucket"));
    assert.equal(found.get("otel_sdk_processor_span_queue_capacity"), 16_384);
    assert.equal(found.get("target_info"), 1);
    for (const name of ["processor_span_processed_total", "exporter_span_exported_total"]) {
      assert.ok(found.has(`otel_sdk_${name}`), name);
    }
    assert.ok(![...found.keys()].some((name) => /_total_total|_seconds_seconds/.test(name)));
  });

  it("and exported spans tell neither arguments nor paths nor the owner, regardless of what is asked for", async () => {
    await using receiver = await OtlpReceiver.start();
    await using app = new PreloadProcess({
      esm: APP,
      args: ["--password=hunter2"],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BSP_SCHEDULE_DELAY: "1",
        OTEL_NODE_RESOURCE_DETECTORS: "all",
        OTEL_RESOURCE_ATTRIBUTES: "service.version=1.2.3,process.command_line=hunter2",
        OTEL_SERVICE_NAME: "desk",
      },
    });
    const { url } = await app.line("url");

    const page = await (await fetch(url)).text();
    const { resource } = await receiver.span("desk.order");

    const info = page.split("\n").find((line) => line.startsWith("target_info{")) ?? "";
    for (const told of [info, JSON.stringify(resource)]) {
      assert.doesNotMatch(told, /hunter2|app\.mjs|\/bin\/|command|executable|owner/);
      assert.match(told, /desk.*1\.2\.3|1\.2\.3.*desk/);
    }
    assert.equal(resource["process.pid"], app.pid);
    assert.equal(resource["process.runtime.name"], "nodejs");
    assert.equal(resource["service.version"], "1.2.3");
  });

  it("is missing when the port is taken, and the application runs on", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };

    await using app = new PreloadProcess({
      esm: APP,
      env: { ...OFF, OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
    });
    const { url } = await app.line("url");
    other.close();

    assert.equal(url, "none");
    // What is written to stderr may come after what is written to stdout.
    const [said] = await app.until("a diagnostic", () =>
      app.diagnostics.length > 0 ? app.diagnostics : undefined,
    );
    assert.equal(app.diagnostics.length, 1);
    assert.match(String(said?.["msg"]), new RegExp(`port ${port} .* is taken`));
  });

  it("keeps no process alive, not even with an open connection", async () => {
    const app = await PreloadProcess.run({
      esm: `
        import { connect } from "node:net";
        import { telemetryStatus } from "limelight/preload";
        const url = new URL(await telemetryStatus().metricsBound);
        const socket = connect(Number(url.port), url.hostname, () => socket.unref());
      `,
      env: OFF,
    });
    assert.deepEqual([app.exit, app.stderr], [{ code: 0, signal: null }, ""]);
  });
});

describe("OTEL_METRICS_EXPORTER", { concurrency: 2 }, () => {
  it("otlp,prometheus pushes and serves the same counts, under the same resource", async () => {
    await using receiver = await OtlpReceiver.start();
    await using app = new PreloadProcess({
      esm: APP,
      env: {
        ...OFF,
        OTEL_METRICS_EXPORTER: "otlp,prometheus",
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_METRIC_EXPORT_INTERVAL: "100",
        OTEL_SERVICE_NAME: "desk",
      },
    });
    const { url } = await app.line("url");

    const found = series(await (await fetch(url)).text());
    const handled = await receiver.point("actor.message.handled", { "actor.type": "desk" });
    const waited = await receiver.point("actor.message.wait.duration", { "actor.type": "desk" });

    assert.deepEqual([handled.value, found.get("actor_message_handled_total")], [1, 1]);
    assert.deepEqual(
      [waited.value, waited.unit, found.get("actor_message_wait_duration_seconds_count")],
      [1, "s", 1],
    );
    assert.equal(handled.resource["service.name"], "desk");
    assert.equal(receiver.requests[0]?.path, "/v1/metrics");
  });

  it("otlp is flushed at the end of the process", async () => {
    await using receiver = await OtlpReceiver.start();
    const app = await PreloadProcess.run({
      esm: `
        import { metrics } from "@opentelemetry/api";
        metrics.getMeter("app").createCounter("jobs").add(3);
      `,
      env: {
        ...OFF,
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/json",
      },
    });
    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    assert.equal((await receiver.point("jobs")).value, 3);
  });

  it("otlp without a collector ends at once and with one line", async () => {
    const app = await PreloadProcess.run({
      esm: "",
      env: {
        ...OFF,
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      },
    });
    assert.equal(app.exit.code, 0);
    assert.equal(app.diagnostics.length, 1);
    assert.match(app.stderr, /127\.0\.0\.1:9\/v1\/metrics: .*ECONNREFUSED.*metrics not exported/);
  });
});

describe("the books of spans", () => {
  it("balance when more end than can be queued: made = exported + failed + dropped", async () => {
    await using receiver = await OtlpReceiver.start();
    const app = await PreloadProcess.run({
      esm: `
        import { trace } from "@opentelemetry/api";
        import { stopTelemetry, telemetryStatus } from "limelight/preload";
        const tracer = trace.getTracer("app");
        for (let i = 0; i < 5_000; i += 1) tracer.startSpan("burst").end();
        const page = await (await fetch(await telemetryStatus().metricsBound)).text();
        const dropped = page.split("\\n").find((line) => line.includes('error_type="queue_full"'));
        const { spans } = await stopTelemetry();
        console.log(JSON.stringify({ spans, dropped, made: telemetryStatus().spans.made }));
      `,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BSP_MAX_QUEUE_SIZE: "1000",
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "300",
      },
    });

    const { spans, dropped, made } = await app.line("spans");
    assert.equal(made, 5_000);
    assert.deepEqual(spans, { exported: 1_000, failed: 0, dropped: 4_000 });
    assert.equal(receiver.spans.length, 1_000);
    assert.match(dropped, /^otel_sdk_processor_span_processed_total\{.*\} 4000$/);
    assert.match(app.stderr, /"spans":4000,"capacity":1000,"msg":"spans dropped/);
  });
});
