import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DataFolder } from "./_support/data-folder.ts";

const IMPORTED = join(import.meta.dirname, "_support/end-process.ts");

/** Runs `text` as a test file the way the scripts do. */
function run(text: string): { status: number | null; output: string } {
  using folder = new DataFolder();
  const file = folder.file("some.test.ts");
  writeFileSync(file, `import { it } from "node:test";\n${text}`);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  // The time to linger is long enough for the results to be written on a busy machine.
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--test", "--import", IMPORTED, file],
    { encoding: "utf8", env: { ...env, TEST_LINGER_MS: "2000" } },
  );
  return { status, output: stdout + stderr };
}

describe("a test file", () => {
  it("ends when it leaves something open, with what that is", () => {
    const { status, output } = run('it("listens", () => { setInterval(() => {}, 1_000); });');

    assert.equal(status, 1);
    assert.match(output, /✔ listens/);
    assert.match(output, /kept alive by .*Timeout/);
  });

  it("passes when it leaves nothing open", () => {
    const { status, output } = run('it("is done", () => {});');

    assert.equal(status, 0, output);
    assert.doesNotMatch(output, /kept alive/);
  });
});
