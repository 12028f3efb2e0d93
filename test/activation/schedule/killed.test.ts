import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DataFolder } from "../../_support/data-folder.ts";
import { StoreProcess } from "../../_support/store-process.ts";

const PROGRAM = join(import.meta.dirname, "../../_support/schedule-program.ts");

/** Runs the program until it has ended, and returns what it has told. */
async function facts(directory: string, ...args: string[]): Promise<readonly object[]> {
  await using child = new StoreProcess([directory, ...args], [], PROGRAM);
  await child.ended();
  assert.equal(child.stderr, "");
  return child.facts;
}

/** Runs the program without a call until a schedule has run, and its effect is stored. */
async function runUntilStored(directory: string): Promise<readonly object[]> {
  await using child = new StoreProcess([directory, "run"], [], PROGRAM);
  await child.until((told) => told.some((fact) => "stored" in fact));
  await child.kill();
  assert.equal(child.stderr, "");
  return child.facts;
}

describe("a schedule whose process is killed", () => {
  it("between its handler and the commit is still due, and its effect is stored once", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");

    const died = await facts(directory, "die");
    assert.deepEqual(died, [{ handled: 1 }]);

    const told = await runUntilStored(directory);
    assert.deepEqual(told, [{ started: true }, { handled: 1 }, { stored: 1 }]);
    assert.deepEqual(await facts(directory, "read"), [{ runs: 1 }]);
  });

  for (const delayMs of [20, 400]) {
    it(`${delayMs} ms before it is due fires in the next process, without a call`, async () => {
      using folder = new DataFolder();
      const directory = folder.file("data");
      const planned = await facts(directory, "plan", `${delayMs}`);
      assert.deepEqual(planned, [{ planned: true }]);

      const told = await runUntilStored(directory);

      assert.deepEqual(told, [{ started: true }, { handled: 1 }, { stored: 1 }]);
      assert.deepEqual(await facts(directory, "read"), [{ runs: 1 }]);
    });
  }
});
