import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PreloadProcess } from "../_support/preload-process.ts";

const WRAPPED = `
  const { registerInstrumentations } = require("@opentelemetry/instrumentation");
  const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
  registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
  const wrapped = ["http", "https"].map((name) => require(name).Server.prototype.emit.__wrapped);
  console.log(JSON.stringify({ wrapped }));
`;

describe("an application in CommonJS that registers instrumentation-http", () => {
  for (const flag of ["--require", "--import"] as const) {
    it(`has http and https patched after the preload by ${flag}`, async () => {
      const app = await PreloadProcess.run({ cjs: WRAPPED, preload: [flag] });

      assert.deepEqual(await app.line("wrapped"), { wrapped: [true, true] });
      assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    });
  }
});

describe("an SDK that is started after the preload", () => {
  it("is reported in one line, and stays unused", async () => {
    const app = await PreloadProcess.run({
      cjs: `
        const { trace } = require("@opentelemetry/api");
        const { NodeSDK } = require("@opentelemetry/sdk-node");
        const provider = trace.getTracerProvider().getDelegate();
        const sdk = new NodeSDK({ spanProcessors: [], metricReaders: [], logRecordProcessors: [] });
        sdk.start();
        const same = trace.getTracerProvider().getDelegate() === provider;
        console.log(JSON.stringify({ same }));
      `,
    });

    assert.deepEqual(await app.line("same"), { same: true });
    const [{ level, msg } = {}] = app.diagnostics;
    assert.equal(app.diagnostics.length, 1);
    assert.equal(level, 50);
    assert.match(String(msg), /^a second OpenTelemetry SDK was started after limelight\/preload/);
  });
});
