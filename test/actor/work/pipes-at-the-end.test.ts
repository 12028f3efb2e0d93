import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor } from "../../../src/index.ts";
import { Notes, reader, Source } from "../../_support/actor-pipes.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { Gate, settleTurns } from "../../_support/actor-waiting.ts";

describe("the end of a pipe", () => {
  it("by `cancel()` lets the source go, and no further message comes", async () => {
    await using open = openSystem();
    const notes = new Notes();
    const gate = new Gate();
    notes.gate = gate;
    const source = new Source(100);
    const ref = open.system.spawn(reader, { input: notes });
    const task = await ref.ask.read(source, { maxInFlight: 2, onEnd: "end", onError: "error" });
    await settleTurns();

    task.cancel();
    await task.settled;
    gate.open();
    await ref.stop();

    assert.deepEqual([notes.got, source.asked, source.returned], [[1, 2], 2, 1]);
    assert.equal(await open.telemetry.value("actor.failures"), 0);
  });

  for (const end of ["stop", "kill"] as const) {
    it(`comes with a ${end} of its actor, and does not wait for the source`, async () => {
      await using open = openManualSystem();
      const source = { returned: 0 };
      const endless: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => {}),
          return: () => {
            source.returned += 1;
            return new Promise(() => {});
          },
        }),
      };
      const ref = open.system.spawn(reader, { input: new Notes() });
      const { settled } = await ref.ask.read(endless);

      await ref[end]();
      await settled;

      assert.equal(source.returned, 1);
      assert.ok(open.telemetry.logs().every(({ event }) => event !== "actor.task.abandoned"));
    });
  }

  it("comes with a stop between two items; what is queued is handled", async () => {
    await using open = openSystem();
    const notes = new Notes();
    const gate = new Gate();
    notes.gate = gate;
    const source = new Source(100);
    const ref = open.system.spawn(reader, { input: notes });
    await ref.ask.read(source, { maxInFlight: 4 });
    await settleTurns();

    const stop = ref.stop();
    gate.open();
    await stop;

    assert.deepEqual([notes.got, source.returned], [[1, 2, 3, 4], 1]);
  });

  it("comes with a shutdown, which does not wait for an endless source", async () => {
    await using open = openSystem({ shutdownDeadlineMs: 60_000 });
    const ref = open.system.spawn(reader, { input: new Notes() });
    const signals: AbortSignal[] = [];
    await ref.ask.read((signal) => {
      signals.push(signal);
      return new Promise(() => {});
    });

    const { killed, durationMs } = await open.system.shutdown();

    assert.equal(killed, 0);
    assert.ok(durationMs < 5_000);
    assert.ok(signals[0]?.aborted);
  });

  it("comes with a restart; the next life reads anew", async () => {
    await using open = openSystem();
    const sources: Source[] = [];
    const got: number[] = [];
    const restless = defineActor("restless", {
      onStart(c) {
        const source = new Source(100);
        sources.push(source);
        c.pipe(source, "item", { maxInFlight: 1 });
      },
      handlers: {
        item(c, item: number) {
          got.push(item);
          if (got.length === 3) throw new Error("no");
          if (got.length === 5) c.stop();
        },
      },
    });
    const ref = open.system.spawn(restless);

    await ref.whenStopped();

    assert.deepEqual(got, [1, 2, 3, 1, 2]);
    assert.deepEqual(
      sources.map(({ returned }) => returned),
      [1, 1],
    );
  });

  it("cancels a stream that is waiting", async () => {
    await using open = openSystem();
    let cancelled = false;
    const stream = new ReadableStream<number>({
      cancel() {
        cancelled = true;
      },
    });
    const ref = open.system.spawn(reader, { input: new Notes() });
    await ref.ask.read(stream);

    await ref.stop();

    assert.equal(cancelled, true);
  });

  it("takes no harm from a source that fails while it is let go", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const hostile: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => gate.opened.then(() => assert.fail("too late")),
        return: () => {
          throw new Error("never");
        },
      }),
    };
    const ref = open.system.spawn(reader, { input: new Notes() });
    await ref.ask.read(hostile, { onError: "error" });
    await ref.ask.read(gate.opened.then(() => assert.fail("too late")));

    await ref.stop();
    gate.open();
    await settleTurns();

    assert.equal(await open.telemetry.value("actor.failures"), 0);
  });

  it("has come when the actor is stopping already: nothing is read", async () => {
    await using open = openSystem();
    const source = new Source(3);
    const late = defineActor("late", {
      onStop(c) {
        c.pipe(source, "item");
        c.pipe(Promise.reject(new Error("unseen")), "item");
      },
      handlers: { item() {} },
    });

    await open.system.spawn(late).stop();

    assert.deepEqual([source.asked, source.returned], [0, 1]);
    assert.equal(open.system.books().sent, 0);
  });

  it("has come when the actor has ended: that is an error", async () => {
    await using open = openSystem();
    const contexts: ActorContext<undefined>[] = [];
    const leaky = defineActor("leaky", {
      onStart: (c) => contexts.push(c),
      handlers: { item() {} },
    });
    const ref = open.system.spawn(leaky);
    await ref.stop();

    assert.throws(() => contexts[0]?.pipe(new Source(1), "item"), { code: "ERR_ACTOR_STOPPED" });
  });
});
