import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DataFolder } from "../../_support/data-folder.ts";
import { type Fact, StoreProcess } from "../../_support/store-process.ts";

const PROGRAM = join(import.meta.dirname, "../../_support/event-program.ts");

/** Runs the program until it has told of some events, and kills it; or until it ends. */
async function run(directory: string, last: unknown, kill: number | undefined): Promise<Fact[]> {
  await using process = new StoreProcess([directory, JSON.stringify(last)], [], PROGRAM);
  if (kill === undefined) assert.equal(await process.ended(), 0, process.stderr);
  else {
    await process.until((facts) => facts.length >= kill);
    await process.kill();
  }
  assert.ok(process.facts.length > 0, process.stderr);
  return [...process.facts];
}

const lastOf = (facts: readonly Fact[]): unknown => facts.at(-1)?.["last"] ?? null;
const eventsOf = (facts: readonly Fact[]): unknown[] =>
  facts.flatMap(({ event }) => (event === undefined ? [] : [event]));

describe("a client of an actor whose process ends", () => {
  it("by SIGKILL is told that events may be missing, and was sent none that is not stored", async () => {
    using folder = new DataFolder();
    let last: unknown = null;
    for (const kill of [1, 2, 10, 25]) {
      const facts = await run(folder.file("data"), last, kill);

      const told = Number(eventsOf(facts).at(-1) ?? 0);
      last = lastOf(facts);
      const [next] = await run(folder.file("data"), last, 1);
      assert.equal(next?.["connected"], "actor_restarted");
      assert.ok(Number(next?.["stored"]) >= told, `event ${told} was sent before it was stored`);
      last = lastOf([next ?? {}]);
    }
  });

  it("in good order continues with the next one", async () => {
    using folder = new DataFolder();
    const first = await run(folder.file("data"), null, undefined);

    const second = await run(folder.file("data"), lastOf(first), undefined);

    assert.equal(first[0]?.["connected"], "continued");
    assert.equal(second[0]?.["connected"], "continued");
    assert.deepEqual([eventsOf(first).at(-1), eventsOf(second)[0]], [50, 51]);
  });
});
