import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, defineActor, type RefOf } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";

const silent = defineActor("silent", {
  handlers: {
    wait: (_c, until?: Promise<void>) => until ?? new Promise<void>(() => {}),
    ping() {},
    hold: (c) => c.delegateReply<void>(),
    fail(): never {
      throw new Error("own");
    },
  },
});
type Silent = RefOf<typeof silent>;

// Names that the stacks must show.
async function checkout(ask: () => Promise<unknown>): Promise<void> {
  await ask();
}
async function handleRequest(ask: () => Promise<unknown>): Promise<void> {
  await checkout(ask);
}

/** Waits for the failure of `ask`, and returns the names of the functions in its stack. */
async function framesOf(ask: () => Promise<unknown>): Promise<string> {
  try {
    await handleRequest(ask);
  } catch (error) {
    return String((error as Error).stack);
  }
  throw assert.fail("the ask has not failed");
}

/** What ends an ask that is being handled. */
const ends: Readonly<Record<string, (ref: Silent, abort: AbortController) => unknown>> = {
  ERR_ACTOR_KILLED: (ref) => ref.kill(),
  ERR_ABORTED: (_ref, abort) => abort.abort(),
};

const ASKERS = /at async checkout .*stacks-of-asks.*\n.*at async handleRequest/;

describe("the stack of an ask that fails later", () => {
  it("shows who awaits an ask that times out", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(silent).with({ timeoutMs: 100 });

    const frames = framesOf(() => ref.ask.hold());
    await open.clock.advance(200);

    assert.match(await frames, /^DeliveryError: no reply to hold of silent/);
    assert.match(await frames, ASKERS);
    assert.doesNotMatch(await frames, /timer-wheel/);
  });

  it("shows it through Promise.all, and through then", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(silent).with({ timeoutMs: 100 });

    const all = framesOf(() => Promise.all([1, ref.ask.hold()]));
    const then = framesOf(() => ref.ask.hold().then((value) => value));
    await open.clock.advance(200);

    assert.match(await all, /at async Promise\.all \(index 1\)\n/);
    assert.match(await all, ASKERS);
    assert.match(await then, ASKERS);
  });

  for (const [code, end] of Object.entries(ends)) {
    it(`shows who awaits an ask that fails with ${code}`, async () => {
      await using open = openSystem();
      const ref = open.system.spawn(silent);
      const abort = new AbortController();
      await ref.whenReady();

      const frames = framesOf(() => ref.with({ signal: abort.signal }).ask.wait());
      await new Promise((resolve) => setImmediate(resolve));
      end(ref, abort);

      assert.match(await frames, ASKERS);
      ref.kill();
    });
  }

  it("shows who awaits an ask that waits in the mailbox of an actor that is killed", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(silent);
    const first = ref.ask.wait().catch((error: unknown) => error);

    const frames = framesOf(() => ref.ask.wait());
    ref.kill();

    assert.match(await frames, ASKERS);
    await first;
  });

  it("shows who awaits a delegated reply of an actor that is killed", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(silent);
    const frames = framesOf(() => ref.ask.hold());
    await ref.ask.ping(); // the reply is delegated by then

    ref.kill();

    assert.match(await frames, ASKERS);
  });
});

describe("the stack of another error", () => {
  it("is that of the call for an ask of an ended actor", async () => {
    await using open = openSystem();
    const ref: ActorRef<typeof silent.options.handlers> = open.system.spawn(silent);
    ref.kill();

    const frames = await framesOf(() => ref.ask.hold());

    assert.match(frames, /at .*stacks-of-asks/);
  });

  it("is left alone where a handler throws", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(silent);

    const frames = await framesOf(() => ref.ask.fail());

    assert.match(frames, /^Error: own\n\s+at .*fail/);
  });
});
