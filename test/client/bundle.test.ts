import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { type BuildResult, build, type Metafile } from "esbuild";
import { readSources } from "../_support/telemetry-sources.ts";

const ROOT = join(import.meta.dirname, "../..");
const MAX_BYTES = 10 * 1_024;

describe("the bundled client", () => {
  let script: string;
  let metafile: Metafile;

  before(async () => {
    // No platform: everything that is not of the language or the web would stay as an import.
    const result: BuildResult<{ write: false; metafile: true }> = await build({
      absWorkingDir: ROOT,
      entryPoints: ["src/client.ts"],
      bundle: true,
      minify: true,
      format: "esm",
      platform: "neutral",
      target: "es2022",
      write: false,
      metafile: true,
    });
    assert.deepEqual(result.warnings, []);
    script = result.outputFiles[0]?.text ?? "";
    metafile = result.metafile;
  });

  it("is smaller than 10 KiB as it travels", (t) => {
    const sizeBytes = gzipSync(script).length;

    t.diagnostic(`${sizeBytes} bytes`);
    assert.ok(sizeBytes < MAX_BYTES, `${sizeBytes} bytes`);
  });

  it("has files of the client and of the wire only", () => {
    const inputs = Object.keys(metafile.inputs);
    const [output] = Object.values(metafile.outputs);

    assert.deepEqual(
      inputs.filter((file) => !/^src\/(?:client|wire)[/.]/.test(file)),
      [],
    );
    assert.deepEqual(output?.imports, []);
  });

  it("uses nothing that Node has and browsers lack", () => {
    assert.doesNotMatch(script, /\b(?:process|Buffer|global|setImmediate|require|__dirname)\b/);
    for (const { file, text } of readSources()) {
      if (file.startsWith("client")) assert.doesNotMatch(text, /from "node:/, file);
    }
  });
});
