import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

const ONE_SPAN = `
  import { trace } from "@opentelemetry/api";
  trace.getTracer("app").startSpan("only").end();
`;

/** Ends that leave no time for anything asynchronous, and the exit code that Node gives them. */
const ENDS: Readonly<Record<string, { source: string; code: number; report: RegExp }>> = {
  "an error thrown in a timer": {
    source: `setTimeout(() => { throw new TypeError("boom"); }, 1);`,
    code: 1,
    report: /throw new TypeError\("boom"\);[\s\S]*TypeError: boom\n[\s\S]*Node\.js v/,
  },
  "an unhandled rejection": {
    source: `Promise.reject(new Error("boom"));`,
    code: 1,
    report: /Error: boom\n[\s\S]*Node\.js v/,
  },
  "a rejection that is no error": {
    source: `Promise.reject(5);`,
    code: 1,
    report: /ERR_UNHANDLED_REJECTION/,
  },
  "a rejected top-level await": {
    source: `await Promise.reject(new Error("boom"));`,
    code: 1,
    report: /Error: boom\n/,
  },
  "an error event without a listener": {
    source: `import { EventEmitter } from "node:events"; setImmediate(() => new EventEmitter().emit("error", new Error("boom")));`,
    code: 1,
    report: /Unhandled 'error' event/,
  },
  "an import that fails": {
    source: `await import("./there-is-no-such-file.mjs");`,
    code: 1,
    report: /ERR_MODULE_NOT_FOUND/,
  },
  "a top-level await that never settles": {
    source: `await new Promise(() => {});`,
    code: 13,
    report: /unsettled top-level await/i,
  },
  "process.exit()": { source: `process.exit(4);`, code: 4, report: /^$/ },
  "process.exit() in a signal listener": {
    source: `process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1_000); process.kill(process.pid, "SIGTERM");`,
    code: 0,
    report: /^$/,
  },
  "an uncaughtExceptionMonitor alone": {
    source: `process.on("uncaughtExceptionMonitor", () => {}); setTimeout(() => { throw new Error("boom"); }, 1);`,
    code: 1,
    report: /Error: boom\n/,
  },
};

describe("spans that were made before a sudden end", { concurrency: 2 }, () => {
  for (const [end, { source, code, report }] of Object.entries(ENDS)) {
    it(`arrive, and the end is Node's own: ${end}`, async () => {
      await using receiver = await OtlpReceiver.start();
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: "60000" };

      const app = await PreloadProcess.run({ esm: ONE_SPAN + source, env });

      assert.deepEqual(app.exit, { code, signal: null });
      assert.match(app.stderr, report);
      assert.deepEqual(
        receiver.spans.map(({ name }) => name),
        ["only"],
      );
      assert.deepEqual(app.diagnostics, []);
    });
  }

  it("arrive in every encoding and with the headers asked for", async () => {
    await using receiver = await OtlpReceiver.start();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=one",
      OTEL_BSP_SCHEDULE_DELAY: "60000",
    };

    await PreloadProcess.run({
      cjs: `
      require("@opentelemetry/api").trace.getTracer("app").startSpan("only").end();
      throw new Error("boom");
    `,
      preload: ["--require"],
      env,
    });

    const [request] = receiver.requests;
    assert.deepEqual(
      [request?.headers["content-type"], request?.headers["x-key"]],
      ["application/x-protobuf", "one"],
    );
    assert.ok(request?.body.includes("only"));
  });

  it("of a worker thread arrive as well when the worker crashes", async () => {
    await using receiver = await OtlpReceiver.start();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: "60000" };

    const app = await PreloadProcess.run({
      esm: `import { Worker } from "node:worker_threads"; new Worker(new URL("./worker.mjs", import.meta.url));`,
      files: { "worker.mjs": `${ONE_SPAN} setTimeout(() => { throw new Error("boom"); }, 1);` },
      env,
    });

    assert.deepEqual(app.exit, { code: 1, signal: null });
    assert.match(app.stderr, /Error: boom\n/);
    assert.deepEqual(
      receiver.spans.map(({ name }) => name),
      ["only"],
    );
  });
});

describe("metrics that are pushed", { concurrency: 2 }, () => {
  const env = { OTEL_METRICS_EXPORTER: "otlp", OTEL_TRACES_EXPORTER: "none" };
  const said = /metrics since the last export are lost/;

  it("and cannot be sent at a sudden end are not lost without a word", async () => {
    await using receiver = await OtlpReceiver.start();
    const app = await PreloadProcess.run({
      esm: `setTimeout(() => { throw new Error("boom"); }, 1);`,
      env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
    assert.match(app.stderr, said);
    assert.match(app.stderr, /Error: boom\n/);
  });

  for (const end of [
    "",
    `import { stopTelemetry } from "limelight/telemetry"; await stopTelemetry(); process.exit();`,
  ]) {
    it(`are sent, and nothing is said, at ${end === "" ? "a normal end" : "process.exit() after stopTelemetry()"}`, async () => {
      await using receiver = await OtlpReceiver.start();
      const app = await PreloadProcess.run({
        esm: `import { metrics } from "@opentelemetry/api"; metrics.getMeter("app").createCounter("own").add(1); ${end}`,
        env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
      });
      assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
      assert.ok(receiver.points.some(({ name }) => name === "own"));
    });
  }
});

describe("a sudden end without a collector", { concurrency: 2 }, () => {
  it("is not held by one that hangs for longer than the deadline, and says what is lost", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith("nothing");
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      LIMELIGHT_SHUTDOWN_DEADLINE_MS: "300",
      OTEL_BSP_SCHEDULE_DELAY: "60000",
    };
    const app = await PreloadProcess.run({
      esm: `${ONE_SPAN} setTimeout(() => { throw new Error("boom"); }, 1);`,
      env,
    });

    assert.deepEqual(app.exit, { code: 1, signal: null });
    assert.match(app.stderr, /"error_type":"process_exit"/);
    assert.match(app.stderr, /Error: boom\n/);
  });

  it("of an application that handles the error itself is its own affair", async () => {
    await using receiver = await OtlpReceiver.start();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const app = await PreloadProcess.run({
      esm: `${ONE_SPAN}
        process.on("uncaughtException", () => { process.exitCode = 5; });
        setTimeout(() => { throw new Error("boom"); }, 1);
      `,
      env,
    });

    assert.deepEqual([app.exit, app.stderr], [{ code: 5, signal: null }, ""]);
    assert.equal(receiver.spans.length, 1);
  });
});
