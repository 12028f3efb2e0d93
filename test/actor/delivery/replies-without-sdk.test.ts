import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type ActorSystem,
  createSystem,
  type DelegatedReply,
  defineActor,
} from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { expectBooks } from "../../../src/testing.ts";
import { expectClosedBooks } from "../../_support/actor-system.ts";
import { codeOf, settleTurns, until } from "../../_support/actor-waiting.ts";

// No test of this file registers a context manager or an SDK: asks go without an envelope.

function openPlain(): { readonly system: ActorSystem } & AsyncDisposable {
  const system = createSystem({ logger: createLogger({ level: "silent" }) });
  return {
    system,
    async [Symbol.asyncDispose]() {
      expectBooks(system);
      await system.shutdown();
      expectClosedBooks(system);
    },
  };
}

const owed: DelegatedReply<string>[] = [];

const back = defineActor("back", {
  handlers: { upper: (_c, text: string) => text.toUpperCase() },
});

/** Spawns one that gives its replies away in all ways, and what it forwards to. */
function spawnFront(system: ActorSystem) {
  const to = system.spawn(back);
  const front = defineActor("front", {
    handlers: {
      forward: (c, text: string) => c.forward(to).upper(text),
      async forwardAsync(c, text: string) {
        return c.forward(to).upper(text);
      },
      async forwardLater(c, text: string) {
        await settleTurns(1);
        return c.forward(to).upper(text);
      },
      forwardAndFail(c, text: string) {
        c.forward(to).upper(text);
        throw new Error("after");
      },
      async forwardAndReject(c, text: string) {
        c.forward(to).upper(text);
        throw new Error("after");
      },
      forwardAndDie(c, text: string) {
        c.forward(to).upper(text);
        c.self.kill();
      },
      forwardTwice(c, text: string) {
        c.forward(to).upper(text);
        return c.forward(to).upper("again");
      },
      delegate(c, _text: string) {
        owed.push(c.delegateReply<string>());
      },
      async delegateAsync(c, _text: string) {
        owed.push(c.delegateReply<string>());
        await settleTurns(1);
      },
      async delegateLater(c, _text: string) {
        await settleTurns(1);
        owed.push(c.delegateReply<string>());
      },
      delegateAndFail(c, _text: string) {
        c.delegateReply();
        throw new Error("after");
      },
      delegateAndDie(c, _text: string) {
        c.delegateReply();
        c.self.kill();
      },
      own: (_c, text: string) => text,
    },
  });
  return system.spawn(front);
}

type Message = keyof ReturnType<typeof spawnFront>["ask"];

describe("without an SDK", () => {
  const forwarded: readonly Message[] = [
    "forward",
    "forwardAsync",
    "forwardLater",
    "forwardAndFail",
    "forwardAndReject",
    "forwardAndDie",
    "forwardTwice",
  ];
  for (const message of forwarded) {
    it(`a forwarded ask gets the other actor's reply (${message})`, async () => {
      await using open = openPlain();
      const ref = spawnFront(open.system);

      assert.equal(await ref.ask[message]("a"), "A" as unknown);

      await settleTurns();
      const { sent, handled } = open.system.books();
      assert.deepEqual([sent, handled], [2, 2]);
    });
  }

  for (const message of ["delegate", "delegateAsync", "delegateLater"] as const) {
    it(`a delegated reply is given later, and the actor goes on (${message})`, async () => {
      await using open = openPlain();
      const ref = spawnFront(open.system);

      const asked = ref.ask[message]("a");
      assert.equal(await ref.ask.own("b"), "b");
      await until(() => owed.length === 1);
      owed.pop()?.resolve("later");

      assert.equal(await asked, "later" as unknown);
    });
  }

  it("a delegated reply is rejected with its actor, and by a restart", async () => {
    await using open = openPlain();

    assert.equal(await codeOf(spawnFront(open.system).ask.delegateAndFail("a")), "ERR_REPLY_LOST");
    assert.equal(await codeOf(spawnFront(open.system).ask.delegateAndDie("a")), "ERR_ACTOR_KILLED");
  });

  it("replies that are given away stand in no other's way", async () => {
    await using open = openPlain();
    const ref = spawnFront(open.system);

    const replies = await Promise.all([
      ref.ask.own("a"),
      ref.ask.forward("b"),
      ref.ask.own("c"),
      ref.ask.forwardLater("d"),
      ref.ask.own("e"),
    ]);

    assert.deepEqual(replies, ["a", "B", "c", "D", "e"]);
  });
});
