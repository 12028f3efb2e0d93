import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const index = JSON.stringify(new URL("../../src/index.ts", import.meta.url));
const testing = JSON.stringify(new URL("../../src/testing.ts", import.meta.url));

/** An actor hangs, and the system's clock is never moved, so the shutdown cannot end. */
function program(options: string): string {
  return `
    import { createSystem, defineActor } from ${index};
    import { ManualClock } from ${testing};
    const system = createSystem(${options});
    const ref = system.spawn(defineActor("stuck", { handlers: { go: () => new Promise(() => {}) } }));
    ref.tell.go();
    await new Promise((resolve) => setImmediate(resolve));
    process.on("exit", () => console.log("exit"));
    const { killed } = await system.shutdown();
    console.log("killed", killed);
  `;
}

async function outcome(options: string): Promise<{ code: number; lines: string[] }> {
  const args = ["--input-type=module", "--eval", program(options)];
  const { code = 0, stdout } = await run(process.execPath, args).then(
    (done) => ({ ...done, code: 0 }),
    (error: { code: number; stdout: string }) => error,
  );
  return { code, lines: stdout.split("\n").filter((line) => /^(exit|killed)/.test(line)) };
}

describe("a shutdown that waits for a clock that stands still", () => {
  it("does not keep the process running", async () => {
    const { code, lines } = await outcome("{ clock: new ManualClock() }");

    assert.deepEqual(lines, ["exit"]);
    assert.equal(code, 13); // Node's code of a top-level await that never settles
  });

  it("keeps it running on the machine's clock, until its deadline", async () => {
    const { code, lines } = await outcome("{ shutdownDeadlineMs: 100 }");

    assert.deepEqual(lines, ["killed 1", "exit"]);
    assert.equal(code, 0);
  });
});
