import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { PreloadProcess } from "../_support/preload-process.ts";

const root = mkdtempSync(join(tmpdir(), "limelight-instrumentations-"));
after(() => rmSync(root, { recursive: true }));

/** Installs a package of OpenTelemetry where `NODE_PATH` finds it. */
function install(name: string, source: string, manifest: object = {}): void {
  const directory = join(root, "@opentelemetry", name);
  mkdirSync(directory, { recursive: true });
  const all = { name: `@opentelemetry/${name}`, version: "1.0.0", main: "index.js", ...manifest };
  writeFileSync(join(directory, "package.json"), JSON.stringify(all));
  writeFileSync(join(directory, "index.js"), source);
}

const APP = `
  import { trace } from "@opentelemetry/api";
  import { telemetryStatus } from "limelight/telemetry";
  const { state } = telemetryStatus();
  trace.getTracer("@opentelemetry/instrumentation-stays");
  console.log(JSON.stringify({ state }));
`;

/** An instrumentation with this body, as the class of a package. */
function bodyOf(body: string): string {
  return `exports.AnyInstrumentation = class AnyInstrumentation { disable() {} ${body} };`;
}

const SOURCES: Readonly<Record<string, string>> = {
  load: "throw new Error('at load');",
  nothing: "module.exports = null;",
  creation: bodyOf("constructor() { throw null; } getModuleDefinitions() { return []; }"),
  definitions: bodyOf("getModuleDefinitions() { throw new Error('no definitions'); }"),
};

async function run(env: NodeJS.ProcessEnv): Promise<PreloadProcess> {
  const app = await PreloadProcess.run({
    esm: APP,
    // One exporter of spans, so that there is a provider.
    env: { NODE_PATH: root, OTEL_TRACES_EXPORTER: "console", ...env },
  });
  assert.equal(app.exit.code, 0, app.stderr);
  assert.deepEqual(await app.line("state"), { state: "running" }, app.stderr);
  return app;
}

describe("an instrumentation that fails", { concurrency: 2 }, () => {
  for (const [phase, source] of Object.entries(SOURCES)) {
    it(`is reported, and telemetry starts without it: ${phase}`, async () => {
      install(`instrumentation-${phase}`, source);

      const { diagnostics } = await run({ LIMELIGHT_INSTRUMENTATIONS: phase });

      const reported = diagnostics.map(({ msg, instrumentation }) => [msg, instrumentation]);
      assert.deepEqual(reported, [["instrumentation not loaded", phase]]);
    });
  }

  it("is none that has no definitions", async () => {
    install("instrumentation-undefined", bodyOf("getModuleDefinitions() {}"));

    const { stderr } = await run({ LIMELIGHT_INSTRUMENTATIONS: "undefined" });

    assert.equal(stderr, "");
  });

  it("does not fail the application's own that replaces it", async () => {
    const source = bodyOf("getModuleDefinitions() { return []; }").replace(
      "disable() {}",
      `instrumentationName = "@opentelemetry/instrumentation-stays"; disable() { throw new Error("it stays"); }`,
    );
    install("instrumentation-stays", source);

    const { stderr } = await run({ LIMELIGHT_INSTRUMENTATIONS: "stays" });

    assert.equal(stderr, "");
  });
});

describe("a collection of instrumentations without dependencies", () => {
  it("has none", async () => {
    install("auto-instrumentations-node", "", { dependencies: null });

    const { stderr } = await run({});

    assert.equal(stderr, "");
  });
});
