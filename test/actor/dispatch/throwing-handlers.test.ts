import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, until } from "../../_support/actor-waiting.ts";

const original = new TypeError("not like this");

/** Keeps its count across failures only when they do not restart it. */
const clumsy = defineActor("clumsy", {
  state: () => ({ count: 0 }),
  restart: { maxRestarts: 1_000 },
  handlers: {
    count(c) {
      c.state.count += 1;
      return c.state.count;
    },
    throwError() {
      throw original;
    },
    rejectError: async () => {
      throw original;
    },
    throwText() {
      throw "just a text"; // what JavaScript allows
    },
    throwNothing() {
      throw undefined;
    },
    rejectNothing: () => Promise.reject(),
  },
});

describe("a handler that fails an ask", () => {
  for (const message of ["throwError", "rejectError"] as const) {
    it(`rejects it with the very error (${message}), and the actor goes on as it was`, async () => {
      await using open = openSystem();
      const ref = open.system.spawn(clumsy);
      await ref.ask.count();

      const asked = ref.ask[message]();

      await assert.rejects(asked, (error) => error === original);
      assert.equal(await ref.ask.count(), 2);
    });
  }

  it("rejects it with what was thrown, also when that is no error", async () => {
    await using open = openSystem();

    const asked = open.system.spawn(clumsy).ask.throwText();

    await assert.rejects(asked, (thrown) => thrown === "just a text");
  });

  for (const message of ["throwNothing", "rejectNothing"] as const) {
    it(`rejects it with \`undefined\` when that was thrown (${message})`, async () => {
      await using open = openSystem();

      const asked = open.system.spawn(clumsy).ask[message]();

      await assert.rejects(asked, (thrown) => thrown === undefined);
    });
  }

  it("counts the message as handled with an error, and as no failure of the actor", async () => {
    await using open = openSystem();

    await codeOf(open.system.spawn(clumsy).ask.throwError());

    const handled = await open.telemetry.value("actor.message.handled", {
      "actor.outcome": "error",
    });
    assert.equal(handled, 1);
    assert.equal(await open.telemetry.value("actor.failures"), 0);
  });
});

describe("a handler that fails a tell", () => {
  for (const message of [
    "throwError",
    "rejectError",
    "throwText",
    "throwNothing",
    "rejectNothing",
  ] as const) {
    it(`restarts its actor with fresh state (${message})`, async () => {
      await using open = openSystem();
      const ref = open.system.spawn(clumsy);
      await ref.ask.count();

      ref.tell[message]();

      assert.equal(await ref.ask.count(), 1);
      const phase = { "actor.failure.phase": "handler" };
      assert.equal(await open.telemetry.value("actor.failures", phase), 1);
    });
  }

  it("logs the error with the actor, its message and what was decided", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(clumsy);

    ref.tell.throwError();
    await ref.ask.count();

    const line = open.telemetry.logs().find(({ msg }) => msg === "actor failed");
    assert.partialDeepStrictEqual(line, {
      event: "actor.failed",
      actor_id: ref.id,
      message_type: "throwError",
      phase: "handler",
      directive: "restart",
      err: { type: "TypeError", message: "not like this" },
    });
  });
});

describe("a handler with a strange result", () => {
  it("is awaited when it returns a foreign thenable", async () => {
    await using open = openSystem();
    const definition = defineActor("foreign", {
      handlers: {
        // biome-ignore lint/suspicious/noThenProperty: a foreign promise is the point
        get: () => ({ then: (resolve: (value: number) => void) => resolve(7) }),
      },
    });

    const got = await open.system.spawn(definition).ask.get();

    assert.equal(got, 7);
  });

  it("fails when its thenable throws", async () => {
    await using open = openSystem();
    const definition = defineActor("foreign", {
      handlers: {
        get: () => ({
          // biome-ignore lint/suspicious/noThenProperty: a foreign promise is the point
          then() {
            throw original;
          },
        }),
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(definition);

    const asked = ref.ask.get() as Promise<unknown>;

    await assert.rejects(asked, (error) => error === original);
    assert.equal(await ref.ask.ping(), "pong");
  });

  it("harms the asker only when it cannot even be looked at", async () => {
    await using open = openSystem();
    const definition = defineActor("opaque", {
      handlers: {
        get() {
          const { proxy, revoke } = Proxy.revocable({}, {});
          revoke();
          return proxy;
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(definition);

    const asked = ref.ask.get();

    await assert.rejects(asked, TypeError);
    assert.equal(await ref.ask.ping(), "pong");
  });

  it("does not stop the actor from answering when its error cannot be logged", async () => {
    await using open = openSystem();
    const unloggable = Object.defineProperty(new Error("secretive"), "detail", {
      enumerable: true,
      get() {
        throw new Error("no access");
      },
    });
    const definition = defineActor("secretive", {
      handlers: {
        fail() {
          throw unloggable;
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(definition);

    ref.tell.fail();

    assert.equal(await ref.ask.ping(), "pong");
    await until(() => open.system.books().handled === 2);
  });
});
