import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorSystem, type Books, defineActor } from "../../src/index.ts";
import { expectBooks, findImbalances } from "../../src/testing.ts";
import { openSystem } from "../_support/actor-system.ts";
import { forever, settleTurns } from "../_support/actor-waiting.ts";

const balanced: Books = {
  started: 3,
  stopped: 1,
  active: 2,
  sent: 15,
  handled: 5,
  processing: 1,
  waiting: 2,
  deadLetters: 3,
  rejected: 4,
  imbalances: 0,
  levels: { "actor.active": 2 },
};

describe("findImbalances", () => {
  it("finds nothing in books that balance", () => {
    assert.deepEqual(findImbalances(balanced), []);
  });

  for (const [entry, value, problem] of [
    ["started", 4, /started 4 − stopped 1 ≠ active 2/],
    [
      "sent",
      16,
      /sent 16 ≠ handled 5 \+ processing 1 \+ waiting 2 \+ dead letters 3 \+ rejected 4/,
    ],
    ["imbalances", 1, /1 decrements without an increment/],
  ] as const) {
    it(`finds what is wrong with \`${entry}\``, () => {
      const problems = findImbalances({ ...balanced, [entry]: value });

      assert.equal(problems.length, 1);
      assert.match(String(problems[0]), problem);
    });
  }

  it("finds a gauge that is not zero when no actor is alive", () => {
    const problems = findImbalances({ ...balanced, stopped: 3, active: 0 });

    assert.deepEqual(problems, ['no actor is alive, yet {"actor.active":2}']);
  });
});

describe("expectBooks", () => {
  it("throws a coded error that names the system and each problem", () => {
    const books = (): Books => ({ ...balanced, started: 9, imbalances: 2 });
    const system = { name: "shop", books } as ActorSystem;

    assert.throws(() => expectBooks(system), {
      code: "ERR_BOOKS_IMBALANCE",
      message: /^the books of shop do not balance: started 9 .+; 2 decrements/,
    });
  });

  it("holds at any moment: while messages wait, are handled, and are dead", async () => {
    await using open = openSystem({ shutdownDeadlineMs: 20 });
    const busy = defineActor("busy", { handlers: { hang: forever, note: () => undefined } });
    const ended = open.system.spawn(busy);
    await ended.stop();
    const ref = open.system.spawn(busy);
    ref.tell.hang();
    ref.tell.note();
    ended.tell.note();
    expectBooks(open.system);

    await settleTurns();

    expectBooks(open.system);
    const { processing, waiting, deadLetters } = open.system.books();
    assert.deepEqual(
      { processing, waiting, deadLetters },
      { processing: 1, waiting: 1, deadLetters: 1 },
    );
  });
});
