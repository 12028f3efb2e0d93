import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

/** Makes a span, and stays until it is told to go. */
const STAYING = `
  import { trace } from "@opentelemetry/api";
  trace.getTracer("app").startSpan("only").end();
  setInterval(() => {}, 1_000);
  console.log(JSON.stringify({ ready: true }));
`;

describe("a signal", { concurrency: 2 }, () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`${signal} flushes, then ends the process`, async () => {
      await using receiver = await OtlpReceiver.start();
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
      await using app = new PreloadProcess({ esm: STAYING, env });
      await app.line("ready");

      app.signal(signal);

      assert.deepEqual(await app.ended, { code: null, signal });
      await receiver.span("only");
    });
  }

  it("ends the process within the deadline when the collector hangs", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith("nothing");
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      LIMELIGHT_SHUTDOWN_DEADLINE_MS: "200",
    };
    await using app = new PreloadProcess({ esm: STAYING, env });
    await app.line("ready");
    app.signal("SIGTERM");
    assert.deepEqual(await app.ended, { code: null, signal: "SIGTERM" });
    assert.match(app.stderr, /spans lost at shutdown/);
  });

  it("twice ends it at once", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith("nothing");
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      LIMELIGHT_SHUTDOWN_DEADLINE_MS: "60000",
    };
    await using app = new PreloadProcess({ esm: STAYING, env });
    await app.line("ready");
    app.signal("SIGTERM");
    await receiver.until("flush", () => receiver.requests[0]);
    app.signal("SIGTERM");
    assert.deepEqual(await app.ended, { code: null, signal: "SIGTERM" });
  });

  it("leaves the end to an application that listens, and flushes beside it", async () => {
    await using receiver = await OtlpReceiver.start();
    const esm = `
      process.once("SIGTERM", () => console.log(JSON.stringify({ heard: true })));
      ${STAYING}
      process.on("message", () => {});
    `;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: "60000" };
    await using app = new PreloadProcess({ esm, env });
    await app.line("ready");

    app.signal("SIGTERM");
    await app.line("heard");
    await receiver.span("only");
    assert.equal(app.running, true);

    // Its listener was for once: nobody takes care of the second.
    app.signal("SIGTERM");
    assert.deepEqual(await app.ended, { code: null, signal: "SIGTERM" });
  });

  it("ends a process in which only signal-exit listens", async () => {
    await using receiver = await OtlpReceiver.start();
    // What signal-exit 4 does when it is loaded: it leaves the end to others if there are any.
    const esm = `
      const emitter = { count: 1 };
      globalThis[Symbol.for("signal-exit emitter")] = emitter;
      const listener = () => {
        if (process.listeners("SIGTERM").length !== emitter.count) return;
        process.off("SIGTERM", listener);
        process.kill(process.pid, "SIGTERM");
      };
      process.on("SIGTERM", listener);
      ${STAYING}
    `;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    await using app = new PreloadProcess({ esm, env });
    await app.line("ready");
    app.signal("SIGTERM");
    assert.deepEqual(await app.ended, { code: null, signal: "SIGTERM" });
    await receiver.span("only");
  });
});
