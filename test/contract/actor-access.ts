import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type {
  ActorAccess,
  OutsideMessage,
  OutsideQueueMessage,
} from "../../src/activation/access/actor-access.ts";
import { accessOf } from "../../src/activation/access/system-access.ts";
import {
  ask,
  broken,
  codeOf,
  desk,
  lamp,
  noted,
  outcomeOf,
  plainContext,
  type Reached,
  sendingOf,
  steps,
} from "../_support/access-world.ts";
import { settleTurns, until } from "../_support/actor-waiting.ts";
import { openKeyed } from "../_support/keyed.ts";

/**
 * What every way to reach keyed actors does.
 *
 * @param wrap returns the access under test, on top of that of one process
 */
export function actorAccessContract(wrap: (access: ActorAccess) => ActorAccess): void {
  function reach(): Reached {
    const open = openKeyed({ actors: [desk] });
    return Object.assign(open, { access: wrap(accessOf(open.system) as ActorAccess) });
  }

  describe("an address", () => {
    it("reads nothing and wakes nothing", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a", "b,c"]);

      await settleTurns();
      assert.deepEqual(address.key, ["a", "b,c"]);
      assert.deepEqual([open.store.roundTrips, open.system.books().started], [0, 0]);
    });

    it("is refused for what is no key", async () => {
      await using open = reach();

      for (const key of [[], [""], ["a".repeat(1_025)], ["\ud800"]]) {
        assert.throws(() => open.access.resolve(desk, key), { code: "ERR_INVALID_KEY" });
      }
    });

    it("knows whether there is an actor, and wakes none", async () => {
      await using open = reach();
      const [one, other] = [open.access.resolve(desk, ["a"]), open.access.resolve(desk, ["b"])];
      await outcomeOf(open, one, ask("place", "lamp"));

      assert.deepEqual([await one.exists(), await other.exists()], [true, false]);
      await open.system.get(desk, "a").sleep();
      assert.deepEqual([await one.exists(), await other.exists()], [true, false]);
      await open.system.destroy(desk, "a");
      assert.equal(await one.exists(), false);

      assert.equal(open.system.books().started, 1);
    });
  });

  describe("an ask from outside", () => {
    it("is answered with the reply, however many arguments it has", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);

      const replies = [];
      for (const items of [[], ["a"], ["b", "c"], ["d", "e", "f"]]) {
        replies.push((await outcomeOf(open, address, ask("place", ...items))).reply);
      }

      assert.deepEqual(replies, [0, 1, 3, 6]);
      const { reply } = await outcomeOf(open, address, ask("orders"));
      assert.deepEqual(reply, ["a", "b", "c", "d", "e", "f"]);
    });

    it("is answered once its changes are stored", async () => {
      await using open = reach();

      await outcomeOf(open, open.access.resolve(desk, ["a"]), ask("place", "lamp"));

      assert.deepEqual(await open.store.state("desk/a"), { orders: ["lamp"] });
    });

    it("is answered with what a delegated reply resolves to", async () => {
      await using open = reach();

      const { reply } = await outcomeOf(open, open.access.resolve(desk, ["a"]), ask("later"));

      assert.equal(reply, "given later");
    });

    it("fails with what the handler throws", async () => {
      await using open = reach();

      const { error } = await outcomeOf(open, open.access.resolve(desk, ["a"]), ask("boom"));

      assert.equal((error as Error).message, "boom");
    });

    it("fails when its time is over, and when it is aborted", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);
      const deadlineMs = open.clock.monotonicMs() + 100;
      const controller = new AbortController();

      const late = codeOf(outcomeOf(open, address, ask("slow"), { deadlineMs }));
      const aborted = codeOf(
        outcomeOf(open, address, ask("orders"), { signal: controller.signal }),
      );
      await settleTurns();
      controller.abort();
      await open.clock.advance(100);

      assert.deepEqual([await late, await aborted], ["ERR_ASK_TIMEOUT", "ERR_ABORTED"]);
      open.system.get(desk, "a").kill();
    });

    it("fails at once when its time was over before", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);

      const code = codeOf(outcomeOf(open, address, ask("slow"), { deadlineMs: 0 }));
      await settleTurns();
      await open.clock.advance(20);

      assert.equal(await code, "ERR_ASK_TIMEOUT");
      open.system.get(desk, "a").kill();
    });

    it("fails for a message that there is not", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);

      for (const name of ["nothing", "toString", "__proto__"]) {
        assert.equal(await codeOf(outcomeOf(open, address, ask(name))), "ERR_UNKNOWN_MESSAGE");
        const tell: OutsideMessage = { kind: "tell", name, args: [] };
        assert.equal(await codeOf(outcomeOf(open, address, tell)), "ERR_UNKNOWN_MESSAGE");
      }
      assert.equal(open.system.books().started, 0);
    });

    it("fails when the mailbox is full, and when the system has been shut down", async () => {
      const open = reach();
      const address = open.access.resolve(desk, ["a"]);
      const waiting = ["a", "b", "c"].map((item) => outcomeOf(open, address, ask("place", item)));

      assert.equal(await codeOf(outcomeOf(open, address, ask("orders"))), "ERR_MAILBOX_FULL");
      const tell: OutsideMessage = { kind: "tell", name: "place", args: ["d"] };
      await Promise.all(waiting);
      await open[Symbol.asyncDispose]();
      assert.equal(await codeOf(outcomeOf(open, address, ask("orders"))), "ERR_SYSTEM_STOPPED");
      assert.equal(await codeOf(outcomeOf(open, address, tell)), "ERR_SYSTEM_STOPPED");
    });

    it("fails with the step of the start that has failed", async () => {
      await using open = reach();

      const { error } = await outcomeOf(open, open.access.resolve(broken, ["a"]), ask("f"));

      const { code, phase, cause } = error as { code: string; phase: string; cause: Error };
      assert.deepEqual(
        [code, phase, cause.message],
        ["ERR_START_FAILED", "on_wake", "no database"],
      );
    });

    it("is handled by the next activation when the actor goes to sleep", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);
      await outcomeOf(open, address, ask("place", "lamp"));

      const asleep = outcomeOf(open, address, ask("sleep"));
      const next = outcomeOf(open, address, ask("place", "desk"));
      await asleep;

      assert.equal((await next).reply, 2);
    });

    it("fails when the actor is destroyed before it is handled, and creates it when it is sent again", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);
      await outcomeOf(open, address, ask("place", "lamp"));

      const destroyed = outcomeOf(open, address, ask("destroy"));
      const dismissed = codeOf(outcomeOf(open, address, ask("place", "desk")));
      await destroyed;

      assert.equal(await dismissed, "ERR_ACTOR_DESTROYED");
      assert.equal((await outcomeOf(open, address, ask("place", "desk"))).reply, 1);
    });
  });

  describe("a tell from outside", () => {
    it("is answered when it is in the mailbox", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);

      const { reply } = await outcomeOf(open, address, {
        kind: "tell",
        name: "place",
        args: ["a"],
      });

      assert.equal(reply, undefined);
      assert.deepEqual((await outcomeOf(open, address, ask("orders"))).reply, ["a"]);
    });

    it("fails for an actor that could not start", async () => {
      await using open = reach();
      const address = open.access.resolve(broken, ["a"]);
      await outcomeOf(open, address, ask("f"));

      const tell: OutsideMessage = { kind: "tell", name: "f", args: [] };

      assert.equal(await codeOf(outcomeOf(open, address, tell)), "ERR_START_FAILED");
    });
  });

  describe("an actor that does not exist", () => {
    it("is created with the input of the message", async () => {
      await using open = reach();
      const address = open.access.resolve(lamp, ["a"]);

      const { reply } = await outcomeOf(open, address, ask("watts"), { input: { watts: 60 } });

      assert.equal(reply, 60);
    });

    it("fails to start without the input that it needs", async () => {
      await using open = reach();

      const { error } = await outcomeOf(open, open.access.resolve(lamp, ["a"]), ask("watts"));

      const { code, cause } = error as { code: string; cause: { code: string } };
      assert.deepEqual([code, cause.code], ["ERR_START_FAILED", "ERR_INPUT_MISSING"]);
    });

    it("is not created if it has to exist, and nothing is woken", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);
      const job: OutsideQueueMessage = { queue: "jobs", body: "x", awaitsReply: false };

      const outcomes = [ask("orders"), { ...ask("place"), kind: "tell" } as const, job].map((one) =>
        codeOf(outcomeOf(open, address, one, { create: false })),
      );

      const none = "ERR_NO_SUCH_ACTOR";
      assert.deepEqual(await Promise.all(outcomes), [none, none, none]);
      assert.equal(open.system.books().started, 0);
      assert.deepEqual(await open.store.allKeys(), []);
    });

    it("is reached in the order of the messages if it exists", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);
      await outcomeOf(open, address, ask("place", "lamp"));
      await open.system.get(desk, "a").sleep();

      const first = outcomeOf(open, address, ask("place", "desk"), { create: false });
      const second = outcomeOf(open, address, ask("orders"), { create: false });

      assert.equal((await first).reply, 2);
      assert.deepEqual((await second).reply, ["lamp", "desk"]);
    });

    it("is not created by a message that was sent before it was destroyed", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);
      await outcomeOf(open, address, ask("place", "lamp"));
      await open.system.get(desk, "a").sleep();

      const late = codeOf(outcomeOf(open, address, ask("orders"), { create: false }));
      const destroyed = open.system.destroy(desk, "a");

      const code = await late;
      await destroyed;
      assert.ok(code === "ERR_NO_SUCH_ACTOR" || code === "ERR_ACTOR_DESTROYED", String(code));
      assert.deepEqual(await open.store.allKeys(), []);
    });
  });

  describe("a queue message from outside", () => {
    it("is answered with its id once it is stored", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);

      const { reply } = await outcomeOf(open, address, {
        queue: "idle",
        body: "x",
        awaitsReply: false,
      });

      assert.match(String(reply), /^[\w-]{8,}$/);
      const keys = await open.store.allKeys();
      assert.equal(keys.filter((key) => key.startsWith("q/desk/a/idle/")).length, 1);
    });

    it("is answered with its reply once it is completed, and with its id before", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);

      const outcome = await outcomeOf(open, address, {
        queue: "jobs",
        body: "four",
        awaitsReply: true,
      });

      assert.equal(outcome.reply, 4);
      assert.match(String(outcome.stored), /^[\w-]{8,}$/);
    });

    it("stays in the queue when it is not completed in time", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);
      const message = { queue: "idle", body: "x", awaitsReply: true };
      const deadlineMs = open.clock.monotonicMs() + 100;

      const outcome = outcomeOf(open, address, message, { deadlineMs });
      await until(() => open.store.batches.length > 0);
      await settleTurns();
      await open.clock.advance(100);

      const { error, stored } = await outcome;
      assert.equal((error as { code: string }).code, "ERR_ASK_TIMEOUT");
      assert.match(String(stored), /^[\w-]{8,}$/);
      assert.equal((await open.store.allKeys()).filter((key) => key.startsWith("q/")).length, 1);
    });

    it("fails when it is too large, when its queue is full, and for a queue that there is not", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);
      const send = (queue: string, body: unknown): Promise<unknown> =>
        codeOf(outcomeOf(open, address, { queue, body, awaitsReply: false }));

      assert.equal(await send("jobs", "x".repeat(65)), "ERR_QUEUE_MESSAGE_TOO_LARGE");
      assert.equal(await send("jobs", undefined), "ERR_STATE_INVALID");
      for (const name of ["files", "constructor"]) {
        assert.equal(await send(name, "x"), "ERR_UNKNOWN_MESSAGE");
      }
    });
  });

  describe("where a message from outside comes from", () => {
    it("is known to the handler", async () => {
      await using open = reach();
      const address = open.access.resolve(desk, ["a"]);

      const own = await outcomeOf(open, address, ask("who"), { context: plainContext });
      const inside = await open.system.get(desk, "a").ask.who();

      assert.deepEqual(own.reply, [{ id: "alice" }, "request-1"]);
      assert.deepEqual(inside, [undefined, undefined]);
    });
  });

  it("answers are given before the next handler runs", async () => {
    await using open = reach();
    const address = open.access.resolve(noted, ["a"]);
    await outcomeOf(open, address, ask("step", "warm-up"));
    steps.length = 0;

    for (const name of ["one", "two"]) {
      const reply = (): unknown => steps.push(`answered ${name}`);
      address.call(ask("step", name), sendingOf(open), { reply, fail: assert.fail });
    }
    await settleTurns();

    assert.deepEqual(steps, ["handled one", "answered one", "handled two", "answered two"]);
  });
}
