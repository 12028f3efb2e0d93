import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

const SPAN = (name: string) => `trace.getTracer("app").startSpan(${JSON.stringify(name)}).end();`;
const STATUS = `
  const { state, role, metricsUrl } = telemetryStatus();
  console.log(JSON.stringify({ state, role, metricsUrl }));
`;

describe("a worker thread", { concurrency: 2 }, () => {
  it("exports spans under an instance of its own, opens no port, and ends by itself", async () => {
    await using receiver = await OtlpReceiver.start();
    const app = await PreloadProcess.run({
      esm: `
        import { Worker } from "node:worker_threads";
        import { trace } from "@opentelemetry/api";
        ${SPAN("main")}
        new Worker(new URL("./worker.mjs", import.meta.url));
      `,
      files: {
        "worker.mjs": `
          import { createSystem, defineActor } from "limelight";
          import { telemetryStatus } from "limelight/preload";
          const before = telemetryStatus().state;
          const system = createSystem();
          const actor = defineActor("hand", { handlers: { work(c) { c.log.info("working"); } } });
          await system.spawn(actor).ask.work();
          const { state, role, metricsUrl = "none" } = telemetryStatus();
          console.log(JSON.stringify({ before, state, role, metricsUrl }));
          await system.shutdown();
        `,
      },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });

    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    assert.deepEqual(await app.line("role"), {
      before: "waiting",
      state: "running",
      role: "worker",
      metricsUrl: "none",
    });
    const main = await receiver.span("main");
    const work = await receiver.span("hand.work");
    assert.equal((await app.line("trace_id"))["trace_id"].length, 32);
    assert.notEqual(main.resource["service.instance.id"], work.resource["service.instance.id"]);
  });

  it("that never asks for a tracer loads no SDK, and can be terminated", async () => {
    const app = await PreloadProcess.run({
      esm: `
        import { once } from "node:events";
        import { Worker } from "node:worker_threads";
        const worker = new Worker(new URL("./worker.cjs", import.meta.url));
        const [loaded] = await once(worker, "message");
        const code = await worker.terminate();
        console.log(JSON.stringify({ loaded, code }));
      `,
      files: {
        "worker.cjs": `
          setInterval(() => {}, 1_000);
          const files = Object.keys(require("node:module")._cache ?? {});
          const sdk = files.filter((file) => file.includes("sdk-node")).length;
          require("node:worker_threads").parentPort.postMessage(sdk);
        `,
      },
      env: { OTEL_TRACES_EXPORTER: "none" },
    });
    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    assert.deepEqual(await app.line("loaded"), { loaded: 0, code: 1 });
  });
});

describe("cluster", () => {
  it("children export spans and leave the port to the primary", async () => {
    await using receiver = await OtlpReceiver.start();
    const app = await PreloadProcess.run({
      esm: `
        import cluster from "node:cluster";
        import { trace } from "@opentelemetry/api";
        import { telemetryStatus } from "limelight/preload";
        if (cluster.isPrimary) {
          await telemetryStatus().metricsBound;
          cluster.fork(); cluster.fork();
        } else {
          ${SPAN("child")}
        }
        ${STATUS}
        if (cluster.isWorker) cluster.worker.disconnect();
      `,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });

    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    const roles = app.lines.map(({ role, metricsUrl }) => [role, metricsUrl !== undefined]).sort();
    assert.deepEqual(roles, [
      ["cluster_child", false],
      ["cluster_child", false],
      ["main", true],
    ]);
    const children = receiver.spans.filter((span) => span.name === "child");
    assert.equal(new Set(children.map((span) => span.resource["process.pid"])).size, 2);
  });
});

describe("the preload loaded twice", { concurrency: 2 }, () => {
  it("by --require and --import starts once, with the W3C's propagators", async () => {
    await using receiver = await OtlpReceiver.start();
    const app = await PreloadProcess.run({
      esm: `
        import { propagation, trace } from "@opentelemetry/api";
        ${SPAN("only")}
        console.log(JSON.stringify({ fields: propagation.fields().sort() }));
      `,
      preload: ["--require", "--import"],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    assert.deepEqual((await app.line("fields"))["fields"], [
      "baggage",
      "traceparent",
      "tracestate",
    ]);
    assert.deepEqual(
      receiver.spans.map((span) => span.name),
      ["only"],
    );
  });

  it("as two copies starts once, and both reach what was started", async () => {
    await using receiver = await OtlpReceiver.start();
    const app = await PreloadProcess.run({
      cjs: `
        const { cpSync, writeFileSync } = require("node:fs");
        const { dirname, join } = require("node:path");
        const { trace } = require("@opentelemetry/api");
        const copy = join(__dirname, "copy");
        cpSync(dirname("limelight/preload"), copy, { recursive: true });
        writeFileSync(join(copy, "package.json"), '{"type":"module"}');
        import(join(copy, "preload.ts")).then(async (second) => {
          ${SPAN("only")}
          const { state } = second.telemetryStatus();
          const { spans } = await second.stopTelemetry();
          const same = second.telemetryStatus === require("limelight/preload").telemetryStatus;
          console.log(JSON.stringify({ state, exported: spans.exported, same }));
        });
      `,
      preload: ["--require"],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    assert.deepEqual(await app.line("state"), { state: "running", exported: 1, same: false });
  });
});

describe("nothing at all is started", { concurrency: 2 }, () => {
  const CHECK = `
    import { context, trace, metrics } from "@opentelemetry/api";
    import { stopTelemetry, telemetryStatus } from "limelight/preload";
    const recording = trace.getTracer("app").startSpan("span").isRecording();
    const listeners = process.listenerCount("SIGTERM") + process.listenerCount("beforeExit");
    const url = (await telemetryStatus().metricsBound) ?? "none";
    const { complete } = await stopTelemetry();
    console.log(JSON.stringify({ recording, listeners, url, state: telemetryStatus().state, complete }));
  `;
  const NOTHING = { recording: false, listeners: 0, url: "none", state: "off", complete: true };

  it("when OTEL_SDK_DISABLED is true", async () => {
    const app = await PreloadProcess.run({ esm: CHECK, env: { OTEL_SDK_DISABLED: "True" } });
    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    assert.deepEqual(await app.line("state"), NOTHING);
  });

  it("when another SDK was there first, and a line says so", async () => {
    const app = await PreloadProcess.run({
      preload: [],
      cjs: `
        const { trace } = require("@opentelemetry/api");
        const { TracerProvider } = require("@opentelemetry/sdk-trace");
        trace.setGlobalTracerProvider(new TracerProvider());
        const { telemetryStatus } = require("limelight/preload");
        console.log(JSON.stringify({ state: telemetryStatus().state }));
      `,
    });
    assert.deepEqual(await app.line("state"), { state: "off" });
    assert.match(app.stderr, /another OpenTelemetry SDK is registered already/);
  });
});
