import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

/** A tracer that the application requests before the preload starts. */
const EARLY = {
  "early.mjs": `
    import { trace } from "@opentelemetry/api";
    globalThis.early = trace.getTracer("early");
  `,
  "early.cjs": `
    const { trace } = require("@opentelemetry/api");
    globalThis.early = trace.getTracer("early");
  `,
};
const RUN = `
  early.startSpan("early").end();
  const actor = defineActor("inner", { handlers: { work: (c) => c.log.info("working") } });
  const system = createSystem();
  trace.getTracer("late").startActiveSpan("late", async (span) => {
    await system.spawn(actor).ask.work();
    span.end();
    await system.shutdown();
    const { version } = globalThis[Symbol.for("opentelemetry.js.api.1")];
    console.log(JSON.stringify({ version }));
  });
`;
const APPS = {
  esm: `
    import { trace } from "@opentelemetry/api";
    import { createSystem, defineActor } from "limelight";
    ${RUN}
  `,
  cjs: `
    const { trace } = require("@opentelemetry/api");
    const { createSystem, defineActor } = require("limelight");
    ${RUN}
  `,
};
/** Versions of the application's copy of the API, and the one that all copies are registered under. */
const VERSIONS = [
  { version: undefined, shared: "1.10.0" },
  { version: "1.9.1", shared: "1.10.0" },
  { version: "1.11.0", shared: "1.11.0" },
];

describe("an application that has its own copy of @opentelemetry/api", { concurrency: 2 }, () => {
  for (const { version, shared } of VERSIONS) {
    for (const [kind, source] of Object.entries(APPS)) {
      for (const early of Object.keys(EARLY)) {
        const name = `${kind}, ${early}, ${version ?? "the same copy"}`;
        it(`sees one SDK in all copies, also for a tracer requested before (${name})`, async () => {
          await using receiver = await OtlpReceiver.start();

          const app = await PreloadProcess.run({
            [kind]: source,
            files: EARLY,
            before: early,
            env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_METRICS_EXPORTER: "none" },
            ...(version === undefined ? {} : { apiVersion: version }),
          });

          assert.deepEqual([app.exit, app.stderr], [{ code: 0, signal: null }, ""]);
          assert.deepEqual(await app.line("version"), { version: shared });
          await receiver.span("early");
          const late = await receiver.span("late");
          const work = await receiver.span("inner.work");
          assert.equal(work.traceId, late.traceId);
          const line = app.lines.find(({ msg }) => msg === "working");
          assert.equal(line?.["trace_id"], late.traceId);
        });
      }
    }
  }
});
