import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { codeOf, settleTurns } from "../../_support/actor-waiting.ts";
import { allAsleep, openKeyed } from "../../_support/keyed.ts";

describe("a held reply", () => {
  it("is rejected when its life fails, although a task of it is still waited for", async () => {
    await using open = openKeyed();
    const work = Promise.withResolvers<void>();
    const worker = defineKeyedActor("worker", {
      state: () => ({ total: 0 }),
      restart: { policy: "never" },
      handlers: {
        add: (c, by: number) => (c.state.total += by),
        crash() {
          throw new RangeError("crash");
        },
        work: (c, until: Promise<void>) => void c.spawnTask("work", () => until),
      },
    });
    const ref = open.system.get(worker, "a");
    await ref.ask.work(work.promise);
    const codes: string[] = [];

    void codeOf(ref.ask.add(1)).then((code) => codes.push(String(code)));
    ref.tell.crash();
    await settleTurns();

    assert.deepEqual(codes, ["ERR_ACTOR_STOPPED"]);
    work.resolve();
    await allAsleep(open);
    assert.equal(await ref.ask.add(2), 2);
  });
});
