import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

/** Stays until it is told to go; makes a span first. */
const STAYING = `
  const { trace } = require("@opentelemetry/api");
  trace.getTracer("app").startSpan("only").end();
  setInterval(() => {}, 1_000);
  console.log(JSON.stringify({ ready: true }));
`;
/** Ends a while after the signal, with a code of its own. */
const DRAIN = `
  const drain = () => {
    console.log(JSON.stringify({ draining: true }));
    setTimeout(() => { console.log(JSON.stringify({ drained: true })); process.exit(7); }, 50);
  };
`;
const LATE = `const app = () => { ${STAYING} };`;

/** Applications that drain, by how they registered. */
const DRAINING: Readonly<Record<string, string>> = {
  "process.on": `${DRAIN} process.on("SIGTERM", drain); ${STAYING}`,
  "process.once": `${DRAIN} process.once("SIGTERM", drain); ${STAYING}`,
  "process.prependListener": `${DRAIN} process.prependListener("SIGTERM", drain); ${STAYING}`,
  "process.prependOnceListener": `${DRAIN} process.prependOnceListener("SIGTERM", drain); ${STAYING}`,
  "events.once": `${DRAIN} require("node:events").once(process, "SIGTERM").then(drain); ${STAYING}`,
  "a listener that removes itself first": `${DRAIN}
    const listener = () => { process.off("SIGTERM", listener); drain(); };
    process.prependListener("SIGTERM", listener); ${STAYING}`,
  "removeAllListeners before its own": `${DRAIN}
    process.removeAllListeners("SIGTERM"); process.once("SIGTERM", drain); ${STAYING}`,
  "a listener beside signal-exit": `${DRAIN}
    require("signal-exit-3")(() => {}); process.once("SIGTERM", drain); ${STAYING}`,
};

async function endBySignals(source: string, signals: readonly NodeJS.Signals[], env = {}) {
  await using receiver = await OtlpReceiver.start();
  await using app = new PreloadProcess({
    cjs: source,
    preload: source.includes(LATE) ? [] : ["--require"],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: "60000", ...env },
  });
  await app.line("ready");
  for (const signal of signals) app.signal(signal);
  const exit = await app.ended;
  // Spans that are in transit when the process exits are sent again: they arrive at least once.
  const spans = new Map(receiver.spans.map(({ spanId, name }) => [spanId, name]));
  return { exit, lines: app.lines, spans: [...spans.values()] };
}

describe("an application that drains at a signal", { concurrency: 2 }, () => {
  for (const [how, source] of Object.entries(DRAINING)) {
    it(`gets to its end with ${how}`, async () => {
      const { exit, lines, spans } = await endBySignals(source, ["SIGTERM"]);

      assert.deepEqual(exit, { code: 7, signal: null });
      assert.deepEqual(lines.at(-1), { drained: true });
      assert.deepEqual(spans, ["only"]);
    });
  }

  for (const register of ["once", "prependOnceListener", "on"]) {
    it(`gets to its end with process.${register} before the preload is imported`, async () => {
      const source = `${DRAIN} ${LATE}
        process.${register}("SIGTERM", drain);
        import("limelight/preload").then(app);
      `;
      const { exit, spans } = await endBySignals(source, ["SIGTERM"]);

      assert.deepEqual(exit, { code: 7, signal: null });
      assert.deepEqual(spans, ["only"]);
    });
  }

  it("and sends itself the signal in the end takes its last spans along", async () => {
    const source = `
      process.once("SIGTERM", async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        trace.getTracer("app").startSpan("drained").end();
        process.kill(process.pid, "SIGTERM");
      });
      ${STAYING}
    `;
    const { exit, spans } = await endBySignals(source, ["SIGTERM"]);

    assert.deepEqual(exit, { code: null, signal: "SIGTERM" });
    assert.deepEqual(spans, ["only", "drained"]);
  });

  it("and hangs is ended by a second signal at once", async () => {
    const source = `
      const hear = () => console.log(JSON.stringify({ heard: true }));
      process.once("SIGTERM", () => setImmediate(hear)); ${STAYING}`;
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith("nothing");
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      LIMELIGHT_SHUTDOWN_DEADLINE_MS: "600000",
    };
    await using app = new PreloadProcess({ cjs: source, preload: ["--require"], env });
    await app.line("ready");
    app.signal("SIGTERM");
    await app.line("heard");
    app.signal("SIGTERM");

    assert.deepEqual(await app.ended, { code: null, signal: "SIGTERM" });
    assert.match(app.stderr, /spans lost: a second signal ended the process/);
  });
});

/** Packages that listen, and end the process only where nothing else listens. */
const POLITE: Readonly<Record<string, string>> = {
  "signal-exit 3": `require("signal-exit-3")(() => console.log(JSON.stringify({ bye: 3 })));`,
  "signal-exit 4": `require("signal-exit-4").onExit(() => console.log(JSON.stringify({ bye: 4 })));`,
  "signal-exit 3 and 4, by a listener that counts by itself": `
    const listener = () => {
      console.log(JSON.stringify({ bye: 0 }));
      process.off("SIGTERM", listener);
      if (process.listenerCount("SIGTERM") === 0) process.kill(process.pid, "SIGTERM");
    };
    process.on("SIGTERM", listener);`,
};

describe("a process that has nothing but polite listeners", { concurrency: 2 }, () => {
  for (const [who, source] of Object.entries(POLITE)) {
    it(`ends by the signal, after a flush: ${who}`, async () => {
      const { exit, lines, spans } = await endBySignals(source + STAYING, ["SIGTERM"]);

      assert.deepEqual(exit, { code: null, signal: "SIGTERM" });
      assert.ok("bye" in (lines.at(-1) ?? {}));
      assert.deepEqual(spans, ["only"]);
    });
  }
});

describe("every signal that ends a process", { concurrency: 2 }, () => {
  for (const signal of ["SIGHUP", "SIGQUIT", "SIGUSR2", "SIGALRM"] as const) {
    it(`flushes first: ${signal}`, async () => {
      const { exit, spans } = await endBySignals(STAYING, [signal]);

      assert.deepEqual(exit, { code: null, signal });
      assert.deepEqual(spans, ["only"]);
    });
  }

  it("is the application's where it listens: SIGHUP reloads, SIGTERM still flushes and ends", async () => {
    await using receiver = await OtlpReceiver.start();
    const source = `process.on("SIGHUP", () => console.log(JSON.stringify({ reloaded: true }))); ${STAYING}`;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: "60000" };
    await using app = new PreloadProcess({ cjs: source, preload: ["--require"], env });
    await app.line("ready");
    app.signal("SIGHUP");
    await app.line("reloaded");
    assert.equal(app.running, true);
    app.signal("SIGTERM");

    assert.deepEqual(await app.ended, { code: null, signal: "SIGTERM" });
    assert.deepEqual(
      receiver.spans.map(({ name }) => name),
      ["only"],
    );
  });
});
