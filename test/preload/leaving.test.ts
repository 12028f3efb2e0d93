import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

/** Nobody listens on port 9 of loopback, and nobody may. */
const NO_COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
/** The exit may take this much longer than the deadline on a busy machine. */
const SLACK_MS = 1_000;

/** Makes a span. */
const ONE_SPAN = `
  import { trace } from "@opentelemetry/api";
  trace.getTracer("app").startSpan("only").end();
`;
/** Says when it thinks it is done, and when it ends. */
const DONE_AND_EXIT = `
  console.log(JSON.stringify({ done: performance.now() }));
  process.on("exit", () => console.log(JSON.stringify({ exit: performance.now() })));
`;

async function exitDelayMs(app: PreloadProcess): Promise<number> {
  return (await app.line("exit"))["exit"] - (await app.line("done"))["done"];
}

describe("an application that has nothing left to do", { concurrency: 2 }, () => {
  it("ends at once when there is no collector, with one line that says why", async () => {
    const esm = `${ONE_SPAN} ${DONE_AND_EXIT} process.exitCode = 3;`;
    const app = await PreloadProcess.run({ esm, env: NO_COLLECTOR });

    assert.deepEqual(app.exit, { code: 3, signal: null });
    assert.ok((await exitDelayMs(app)) < SLACK_MS);
    assert.equal(app.stderr.trim().split("\n").length, 1);
    const [line] = app.diagnostics;
    assert.deepEqual([line?.["level"], line?.["spans"]], [40, 1]);
    assert.match(line?.["reason"], /^http:\/\/127\.0\.0\.1:9\/v1\/traces: .*ECONNREFUSED/);
  });

  it("is not held by an export in flight or by its retries", async () => {
    const env = { ...NO_COLLECTOR, OTEL_BSP_SCHEDULE_DELAY: "1" };
    const esm = `${ONE_SPAN}
      import { telemetryStatus } from "limelight/preload";
      const look = setInterval(() => {
        // In flight, or waiting for its first retry.
        if (telemetryStatus().spans.inFlight === 0) return;
        clearInterval(look);
        ${DONE_AND_EXIT}
      }, 1);
    `;
    const app = await PreloadProcess.run({ esm, env });
    assert.deepEqual(app.exit, { code: 0, signal: null });
    assert.ok((await exitDelayMs(app)) < SLACK_MS);
  });

  it("waits for a hanging collector until the deadline, and says what was lost", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith("nothing");
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      LIMELIGHT_SHUTDOWN_DEADLINE_MS: "300",
    };
    const app = await PreloadProcess.run({ esm: ONE_SPAN + DONE_AND_EXIT, env });

    assert.deepEqual(app.exit, { code: 0, signal: null });
    const delayMs = await exitDelayMs(app);
    assert.ok(delayMs >= 300 && delayMs < 300 + SLACK_MS, `${delayMs}`);
    assert.match(app.stderr, /"in_flight":1,"msg":"spans lost at exit/);
  });

  it("has its spans sent before it ends, also when it works on after that", async () => {
    await using receiver = await OtlpReceiver.start();
    const esm = `${ONE_SPAN}
      process.once("beforeExit", () => setTimeout(() => {
        trace.getTracer("app").startSpan("encore").end();
      }, 20));
    `;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const app = await PreloadProcess.run({ esm, env });
    assert.deepEqual([app.exit, app.stderr], [{ code: 0, signal: null }, ""]);
    assert.deepEqual(
      receiver.spans.map((span) => span.name),
      ["only", "encore"],
    );
  });
});

describe("a collector that is not well", () => {
  it("answering 500 costs the application nothing but a line", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith({ status: 500 });
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "1",
      OTEL_METRICS_EXPORTER: "none",
    };
    const esm = `
      import { trace } from "@opentelemetry/api";
      import { telemetryStatus } from "limelight/preload";
      process.on("unhandledRejection", () => { process.exitCode = 9; });
      for (let i = 0; i < 40; i += 1) trace.getTracer("app").startSpan("span").end();
      process.on("exit", () => console.log(JSON.stringify({ spans: telemetryStatus().spans })));
    `;
    const app = await PreloadProcess.run({ esm, env });

    assert.deepEqual(app.exit, { code: 0, signal: null });
    const { spans } = await app.line("spans");
    assert.deepEqual([spans.made, spans.failed, spans.exported], [40, 40, 0]);
    assert.equal(receiver.requests.length, 40);
    assert.equal(app.diagnostics.length, 1);
  });
});

describe("process.exit()", { concurrency: 2 }, () => {
  it("without a collector says what was lost", async () => {
    const esm = `${ONE_SPAN} process.exit(4);`;
    const app = await PreloadProcess.run({ esm, env: NO_COLLECTOR });
    assert.equal(app.exit.code, 4);
    assert.match(app.stderr, /"spans":1,"error_type":"process_exit".*spans not exported/);
  });

  it("with a deadline of 0 sends nothing, and says what was lost", async () => {
    const env = { ...NO_COLLECTOR, LIMELIGHT_SHUTDOWN_DEADLINE_MS: "0" };
    const app = await PreloadProcess.run({ esm: `${ONE_SPAN} process.exit(4);`, env });
    assert.equal(app.exit.code, 4);
    assert.match(app.stderr, /"waiting":1.*spans lost at exit/);
  });

  it("after stopTelemetry() loses nothing and says nothing", async () => {
    await using receiver = await OtlpReceiver.start();
    const esm = `${ONE_SPAN}
      import { stopTelemetry, telemetryStatus } from "limelight/preload";
      const first = stopTelemetry({ deadlineMs: 5_000 });
      const report = await stopTelemetry();
      trace.getTracer("app").startSpan("too late").end();
      const { state, metricsUrl = "closed" } = telemetryStatus();
      const same = report === await first;
      console.log(JSON.stringify({ report, state, metricsUrl, same }));
      process.exit(0);
    `;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const app = await PreloadProcess.run({ esm, env });

    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    const { report, state, metricsUrl, same } = await app.line("report");
    assert.deepEqual([report.complete, report.spans.exported], [true, 1]);
    assert.deepEqual([state, metricsUrl, same], ["stopped", "closed", true]);
    assert.deepEqual(
      receiver.spans.map((span) => span.name),
      ["only"],
    );
  });

  it("after stopTelemetry() against a hanging collector comes within the deadline", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith("nothing");
    const esm = `${ONE_SPAN}
      import { stopTelemetry } from "limelight/preload";
      console.log(JSON.stringify({ report: await stopTelemetry({ deadlineMs: 200 }) }));
    `;
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_METRICS_EXPORTER: "prometheus,otlp",
    };
    const app = await PreloadProcess.run({ esm, env });

    assert.equal(app.exit.code, 0);
    const { report } = await app.line("report");
    assert.deepEqual([report.complete, report.spans.failed], [false, 1]);
    assert.ok(report.durationMs >= 200 && report.durationMs < 200 + SLACK_MS);
  });
});
