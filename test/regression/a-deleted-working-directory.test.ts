import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PreloadProcess } from "../_support/preload-process.ts";

/** Leaves the process in a directory that is there no more, as after a deployment that replaces it. */
const LEAVE = `
  import { mkdtempSync, rmdirSync } from "node:fs";
  import { tmpdir } from "node:os";
  import { join } from "node:path";
  const gone = mkdtempSync(join(tmpdir(), "limelight-gone-"));
  process.chdir(gone); // Node reads the directory again at the next \`process.cwd()\`
  rmdirSync(gone);
`;
const APP = `
  import { telemetryStatus } from "limelight/telemetry";
  console.log(JSON.stringify({ state: telemetryStatus().state }));
`;

describe("the preload in a working directory that has been deleted", () => {
  it("starts telemetry", async () => {
    const app = await PreloadProcess.run({
      esm: APP,
      files: { "leave.mjs": LEAVE },
      before: "leave.mjs",
      env: { OTEL_TRACES_EXPORTER: "none" },
    });

    assert.equal(app.exit.code, 0, app.stderr);
    assert.deepEqual(await app.line("state"), { state: "running" });
    assert.equal(app.stderr, "");
  });
});
