import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { Tool, toolPath } from "../../tools/stack/tool-paths.ts";
import { HOSTILE_METRICS } from "../_support/hostile-metrics.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

/** The exit status of promtool for a page that Prometheus takes and whose names it would have otherwise. */
const LINT = 3;

describe("Prometheus' own parser", () => {
  it("takes the page of an application whose metrics are odd", async () => {
    const app = await PreloadProcess.run({
      esm: HOSTILE_METRICS,
      env: { OTEL_TRACES_EXPORTER: "none", OTEL_RESOURCE_ATTRIBUTES: "1team=a,le=b" },
    });
    const { page } = await app.line("page");

    const promtool = spawn(toolPath(Tool.Promtool), ["check", "metrics"]);
    const output = Promise.all([text(promtool.stdout), text(promtool.stderr)]);
    promtool.stdin.end(page);
    const [code] = await once(promtool, "close");

    assert.ok(code === 0 || code === LINT, (await output).join(""));
  });
});
