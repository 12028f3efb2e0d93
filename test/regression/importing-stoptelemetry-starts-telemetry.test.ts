import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PreloadProcess } from "../_support/preload-process.ts";

const CHECK = `
  import { stopTelemetry, telemetryStatus } from "limelight/telemetry";
  import { trace } from "@opentelemetry/api";
  const { state } = telemetryStatus();
  const url = (await telemetryStatus().metricsBound) ?? "none";
  const recording = trace.getTracer("app").startSpan("span").isRecording();
  const { complete } = await stopTelemetry();
  console.log(JSON.stringify({ state, port: url !== "none", recording, complete }));
`;

describe("the control functions of limelight/telemetry", { concurrency: 2 }, () => {
  it("start nothing when they are imported without the preload", async () => {
    const app = await PreloadProcess.run({ esm: CHECK, preload: [] });

    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    const expected = { state: "off", port: false, recording: false, complete: true };
    assert.deepEqual(await app.line("state"), expected);
  });

  it("reach the telemetry that the preload has started", async () => {
    const app = await PreloadProcess.run({ esm: CHECK, env: { OTEL_TRACES_EXPORTER: "console" } });

    assert.equal(app.exit.code, 0);
    const expected = { state: "running", port: true, recording: true, complete: true };
    assert.deepEqual(await app.line("state"), expected);
  });
});
