import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type CallOptions,
  createSystem,
  defineActor,
  defineKeyedActor,
  type SystemOptions,
} from "../../../src/index.ts";
import { MemoryStore } from "../../../src/store.ts";
import { openSystem } from "../../_support/actor-system.ts";

const handlers = { ping: () => "pong" };

/** Options no caller with types could pass. */
type Untyped = Record<string, unknown>;

const invalid = { name: "UsageError", code: "ERR_INVALID_OPTION" };

const badOptions: Record<string, Untyped> = {
  "a mailbox that holds nothing": { mailbox: { limit: 0 } },
  "a mailbox of half a message": { mailbox: { limit: 1.5 } },
  "a mailbox without end": { mailbox: { limit: Number.POSITIVE_INFINITY } },
  "a mailbox limit that is a text": { mailbox: { limit: "10" } },
  "a mailbox that explodes": { mailbox: { whenFull: "explode" } },
  "an unknown restart policy": { restart: { policy: "sometimes" } },
  "fewer than no restarts": { restart: { maxRestarts: -1 } },
  "a window of no time": { restart: { windowMs: 0 } },
  "a window that is no number": { restart: { windowMs: Number.NaN } },
  "a task deadline in the past": { taskDeadlineMs: -1 },
  "a task deadline next year": { taskDeadlineMs: 1e12 },
  "a stop deadline of no time": { stopDeadlineMs: 0 },
  "a stop deadline of more than a day": { stopDeadlineMs: 86_400_001 },
  "a stop deadline that is no number": { stopDeadlineMs: "soon" },
  "declared messages with content": { messages: { ping: () => "pong" } },
  "declared messages that are no object": { messages: "ping" },
  "a state that is no function": { state: { count: 0 } },
  "an onStart that is no function": { onStart: true },
  "an onStop that is null": { onStop: null },
  "an onFailure that is a directive": { onFailure: "stop" },
  "a misspelt hook": { onstart() {} },
  "a misspelt option of the mailbox": { mailbox: { size: 10 } },
  "a misspelt option of restarts": { restart: { max: 1 } },
  "a misspelt option of tracing": { tracing: { ratio: 1 } },
  "a misspelt option of a back-off": { restart: { backoff: { initial: 1 } } },
  "a back-off that begins at nothing": { restart: { backoff: { initialMs: 0 } } },
  "a back-off that shrinks": { restart: { backoff: { factor: 0.5 } } },
  "a back-off whose longest delay is its shortest": {
    restart: { backoff: { initialMs: 100, maxMs: 99 } },
  },
  "a jitter of more than all": { restart: { backoff: { jitter: 1.1 } } },
  "a back-off that is a number": { restart: { backoff: 100 } },
  "an unknown strategy": { supervision: { strategy: "one_for_two" } },
  "a misspelt option of supervision": { supervision: { max: 1 } },
  "a limit of children below zero": { supervision: { maxRestarts: -1 } },
  "a window of children of no time": { supervision: { windowMs: 0 } },
  "supervision that is null": { supervision: null },
  "an onTerminated that is no function": { onTerminated: "stop" },
  "a mailbox that is a number": { mailbox: 10 },
  "restarts that are a list": { restart: [] },
  "a handler that is stuck before it begins": { stuckAfterMs: 0 },
  "an unknown relation of tells": { tracing: { tell: "sibling" } },
  "a sample ratio above one": { tracing: { sampleRatio: 1.1 } },
};

describe("defineActor", () => {
  for (const [what, options] of Object.entries(badOptions)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => defineActor("definition", { handlers, ...options }), invalid);
    });
  }

  it("accepts declared messages, which exist for the compiler only", async () => {
    const { system } = openSystem();
    const definition = defineActor("declared", {
      messages: {} as { ping(): string; again(): string },
      handlers: { ping: () => "pong", again: (c) => c.self.ask.ping() },
    });

    const reply = await system.spawn(definition).ask.ping();

    assert.equal(reply, "pong");
    await system.shutdown();
  });

  it("lists the known options when one is unknown", () => {
    const options = { handlers, onLinkDied: () => {} };

    assert.throws(() => defineActor("definition", options), {
      ...invalid,
      message: /has no option "onLinkDied"; there is .*\bonTerminated\b/,
    });
  });

  for (const [what, bad] of [
    ["no handlers", undefined],
    ["an empty set of handlers", {}],
    ["handlers that are no object", "ping"],
    ["a handler that is no function", { ping: "pong" }],
    [
      "more than a thousand handlers",
      Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`m${n}`, () => n])),
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => defineActor("definition", { handlers: bad as never }), invalid);
    });
  }

  it("fills in the defaults it documents", () => {
    const { settings } = defineActor("definition", { handlers });

    assert.deepEqual(settings, {
      mailboxLimit: 10_000,
      whenFull: "reject",
      restart: { policy: "permanent", maxRestarts: 5, windowMs: 5_000, backoff: undefined },
      supervision: {
        strategy: "one_for_one",
        maxRestarts: Number.POSITIVE_INFINITY,
        windowMs: 5_000,
      },
      taskDeadlineMs: 5_000,
      stopDeadlineMs: 30_000,
      stuckAfterMs: 5_000,
      tracing: {},
    });
  });

  it("fills in a back-off whose longest delay is never below its first", () => {
    const settle = (initialMs: number) => {
      const restart = { backoff: { initialMs } };
      return defineActor("definition", { handlers, restart }).settings.restart.backoff;
    };

    assert.deepEqual(settle(50), { initialMs: 50, factor: 2, maxMs: 10_000, jitter: 0.2 });
    assert.equal(settle(60_000)?.maxMs, 60_000);
  });

  it("names the option and the value in the error", () => {
    const define = () => defineActor("definition", { handlers, mailbox: { limit: 0 } });

    assert.throws(define, {
      message: "`mailbox.limit` must be an integer from 1 to 10000000, not 0",
    });
  });

  it("says which options there are when it refuses one", () => {
    const define = () => defineActor("definition", { handlers, mailbox: { size: 1 } as never });

    assert.throws(define, {
      message: '`mailbox` of definition has no option "size"; there is limit, whenFull',
    });
  });

  it("refuses to be called without options", () => {
    assert.throws(() => defineActor("definition", undefined as never), invalid);
  });

  it("gives a definition that cannot be changed and may be used by many systems", async () => {
    await using one = openSystem();
    await using two = openSystem();
    const definition = defineActor("definition", { handlers });

    const pongs = await Promise.all([
      one.system.spawn(definition).ask.ping(),
      two.system.spawn(definition).ask.ping(),
    ]);

    assert.deepEqual(pongs, ["pong", "pong"]);
    assert.ok(Object.isFrozen(definition));
  });
});

describe("createSystem", () => {
  for (const [what, options, code] of [
    ["a name with a newline", { name: "a\nb" }, "ERR_INVALID_NAME"],
    ["an ask time limit of zero", { askTimeoutMs: 0 }, "ERR_INVALID_OPTION"],
    ["a deadline that is no number", { shutdownDeadlineMs: Number.NaN }, "ERR_INVALID_OPTION"],
    ["a sample ratio below zero", { tracing: { rootSampleRatio: -0.1 } }, "ERR_INVALID_OPTION"],
  ] satisfies [string, SystemOptions, string][]) {
    it(`refuses ${what}`, () => {
      assert.throws(() => createSystem(options), { name: "UsageError", code });
    });
  }

  for (const [what, actor] of [
    ["a name", "definition"],
    ["nothing", undefined],
    ["null", null],
    ["an object with a type", { type: "definition" }],
    ["bare options", { type: "definition", options: { handlers } }],
  ] as const) {
    it(`refuses ${what} for a definition, wherever one is wanted`, async () => {
      await using open = openSystem();

      assert.throws(() => createSystem({ actors: [actor as never] }), invalid);
      assert.throws(() => Reflect.apply(open.system.spawn, open.system, [actor]), invalid);
    });
  }

  it("leaves the store to another system when its definitions are refused", async () => {
    const store = new MemoryStore();
    const cart = defineKeyedActor("cart", { handlers: { add: () => "added" } });

    assert.throws(() => createSystem({ store, actors: [cart, null as never] }), invalid);

    const system = createSystem({ store, actors: [cart] });
    assert.equal(await system.get(cart, "alice").ask.add(), "added");
    await system.shutdown();
  });

  it("has the metrics of the types it is told of before any is spawned", async () => {
    const definition = defineActor("definition", { handlers });
    await using open = openSystem({ actors: [definition] });

    const points = await open.telemetry.points("actor.started");

    assert.deepEqual(
      points.map(({ attributes, value }) => [attributes["actor.type"], value]),
      [["definition", 0]],
    );
  });
});

describe("ref.with", () => {
  for (const [what, options] of [
    ["a time limit below zero", { timeoutMs: -1 }],
    ["a time limit that is no number", { timeoutMs: Number.NaN }],
    ["a time limit of more than a day", { timeoutMs: 86_400_001 }],
    ["a signal that is none", { signal: {} as AbortSignal }],
    ["a signal that is null", { signal: null as unknown as AbortSignal }],
  ] satisfies [string, CallOptions][]) {
    it(`refuses ${what}, before anything is sent`, async () => {
      await using open = openSystem();
      const ref = open.system.spawn(defineActor("definition", { handlers }));

      assert.throws(() => ref.with(options), invalid);

      assert.equal(open.system.books().sent, 0);
    });
  }

  it("leaves the ref it was called on as it was", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(defineActor("definition", { handlers }));

    const hurried = ref.with({ signal: AbortSignal.abort() });

    await assert.rejects(hurried.ask.ping(), { code: "ERR_ABORTED" });
    assert.equal(await ref.ask.ping(), "pong");
    assert.equal(hurried.id, ref.id);
  });
});
