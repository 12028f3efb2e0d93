import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

const RUN = `
  const inner = defineActor("inner", {
    handlers: { work(c, n) { c.log.info({ n }, "working"); return n * 2; } },
  });
  const outer = defineActor("outer", {
    state: () => ({ inner: undefined }),
    onStart(c) { c.state.inner = c.spawnChild(inner); },
    handlers: { async go(c, n) { return (await c.state.inner.ask.work(n)) + 1; } },
  });
  const system = createSystem();
  system.spawn(outer).ask.go(20).then((answer) => {
    console.log(JSON.stringify({ answer }));
    return system.shutdown();
  });
`;
const APPS = {
  esm: `import { createSystem, defineActor } from "limelight"; ${RUN}`,
  cjs: `const { createSystem, defineActor } = require("limelight"); ${RUN}`,
};

describe("limelight/preload", { concurrency: 2 }, () => {
  for (const flag of ["--require", "--import"] as const) {
    for (const [kind, source] of Object.entries(APPS)) {
      it(`by ${flag} traces the actors of an application in ${kind}, and their log lines`, async () => {
        await using receiver = await OtlpReceiver.start();

        const app = await PreloadProcess.run({
          [kind]: source,
          preload: [flag],
          env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SERVICE_NAME: "shop" },
        });

        assert.deepEqual([app.exit, app.stderr], [{ code: 0, signal: null }, ""]);
        assert.equal((await app.line("answer"))["answer"], 41);
        const inner = await receiver.span("inner.work");
        const ask = await receiver.span("ask inner.work");
        const outer = await receiver.span("outer.go");
        assert.equal(inner.parentSpanId, ask.spanId);
        assert.equal(ask.parentSpanId, outer.spanId);
        assert.ok(outer.startNs < ask.startNs && ask.startNs < inner.startNs);
        assert.match(inner.attributes["actor.id"], /^inner\//);
        assert.equal(inner.resource["service.name"], "shop");
        const line = app.lines.find(({ msg }) => msg === "working");
        assert.deepEqual(
          [line?.["trace_id"], line?.["span_id"], line?.["service.name"]],
          [inner.traceId, inner.spanId, "shop"],
        );
      });
    }
  }
});

describe("propagation", () => {
  it("uses what OTEL_PROPAGATORS names", async () => {
    const app = await PreloadProcess.run({
      esm: `
        import { propagation } from "@opentelemetry/api";
        console.log(JSON.stringify({ fields: propagation.fields() }));
      `,
      env: { OTEL_PROPAGATORS: "b3", OTEL_METRICS_EXPORTER: "none" },
    });
    assert.deepEqual(await app.line("fields"), { fields: ["b3"] });
  });
});
