import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deferred } from "../../src/base/async/deferred.ts";
import type { ProcessSignals, StopSignal } from "../../src/system/process-signals.ts";
import { type SignalStop, SignalStops } from "../../src/system/signal-stops.ts";

/** A process that receives signals from the test, and notes how it would have ended. */
class FakeProcess implements ProcessSignals {
  readonly ends: string[] = [];
  readonly reported: unknown[] = [];
  readonly #listeners = new Map<StopSignal, Set<(signal: StopSignal) => void>>();

  get listened(): StopSignal[] {
    return [...this.#listeners].filter(([, set]) => set.size > 0).map(([signal]) => signal);
  }

  listen(signal: StopSignal, listener: (signal: StopSignal) => void): void {
    const set = this.#listeners.get(signal) ?? new Set();
    assert.ok(!set.has(listener), "listened twice");
    this.#listeners.set(signal, set.add(listener));
  }

  unlisten(signal: StopSignal, listener: (signal: StopSignal) => void): void {
    this.#listeners.get(signal)?.delete(listener);
  }

  raise(signal: StopSignal): void {
    this.ends.push(`raise ${signal}`);
  }

  report(error: unknown): void {
    this.reported.push(error);
  }

  /** Delivers a signal as the kernel does: to the listeners, else by its default action. */
  receive(signal: StopSignal): void {
    const listeners = [...(this.#listeners.get(signal) ?? [])];
    for (const listener of listeners) listener(signal);
    if (listeners.length === 0) this.ends.push(`default ${signal}`);
  }
}

/** Something to shut down, whose shutdown ends when the test says so. */
class Target {
  readonly signals: StopSignal[] = [];
  readonly down = new Deferred<void>();

  shutdown(signal: StopSignal): Promise<void> {
    this.signals.push(signal);
    return this.down.promise;
  }
}

function stopOf(target: Target, signals: StopSignal[] = ["SIGINT", "SIGTERM"]): SignalStop {
  return { target, signals };
}

async function settle(): Promise<void> {
  for (let hop = 0; hop < 10; hop += 1) await Promise.resolve();
}

describe("stops by signals", () => {
  it("listen to the signals that are wanted, once each, and to none when nothing is left", () => {
    const fake = new FakeProcess();
    const stops = new SignalStops(fake);
    const [first, second] = [stopOf(new Target()), stopOf(new Target(), ["SIGTERM", "SIGHUP"])];

    const before = fake.listened;
    stops.add(first);
    stops.add(second);
    const both = fake.listened;
    stops.remove(first);
    const one = fake.listened;
    stops.remove(second);
    stops.remove(second);

    assert.deepEqual(before, []);
    assert.deepEqual(both, ["SIGINT", "SIGTERM", "SIGHUP"]);
    assert.deepEqual(one, ["SIGTERM", "SIGHUP"]);
    assert.deepEqual(fake.listened, []);
  });

  it("shut down on the first signal, and raise it again when the shutdown has settled", async () => {
    const fake = new FakeProcess();
    const stops = new SignalStops(fake);
    const target = new Target();
    stops.add(stopOf(target));

    fake.receive("SIGTERM");
    await settle();
    const during = [...fake.ends];
    target.down.resolve();
    await settle();

    assert.deepEqual(target.signals, ["SIGTERM"]);
    assert.deepEqual(during, []);
    assert.deepEqual(fake.ends, ["raise SIGTERM"]);
    assert.deepEqual(fake.listened, []);
  });

  for (const second of ["SIGINT", "SIGTERM"] as const) {
    it(`raise a second signal, ${second}, at once, and the first one no more`, async () => {
      const fake = new FakeProcess();
      const stops = new SignalStops(fake);
      const target = new Target();
      stops.add(stopOf(target));

      fake.receive("SIGINT");
      fake.receive(second);
      const ends = [...fake.ends];
      target.down.resolve();
      await settle();

      assert.deepEqual(ends, [`raise ${second}`]);
      assert.deepEqual(fake.ends, ends);
      assert.deepEqual(fake.listened, []);
    });
  }

  it("raise the signal after the last of several shutdowns", async () => {
    const fake = new FakeProcess();
    const stops = new SignalStops(fake);
    const [first, second] = [new Target(), new Target()];
    stops.add(stopOf(first));
    stops.add(stopOf(second));

    fake.receive("SIGTERM");
    first.down.resolve();
    await settle();
    const between = [...fake.ends];
    second.down.resolve();
    await settle();

    assert.deepEqual(between, []);
    assert.deepEqual(fake.ends, ["raise SIGTERM"]);
  });

  it("shut down what is added during a stop, and wait for it", async () => {
    const fake = new FakeProcess();
    const stops = new SignalStops(fake);
    const [early, late] = [new Target(), new Target()];
    stops.add(stopOf(early));
    fake.receive("SIGTERM");

    stops.add(stopOf(late));
    early.down.resolve();
    await settle();
    const between = [...fake.ends];
    late.down.resolve();
    await settle();

    assert.deepEqual(late.signals, ["SIGTERM"]);
    assert.deepEqual(between, []);
    assert.deepEqual(fake.ends, ["raise SIGTERM"]);
  });

  it("add in the turn in which the last shutdown settles: both are stopped, one after the other", async () => {
    const fake = new FakeProcess();
    const stops = new SignalStops(fake);
    const [early, late] = [new Target(), new Target()];
    stops.add(stopOf(early));
    fake.receive("SIGTERM");

    early.down.resolve();
    stops.add(stopOf(late)); // the stop under way has not noticed yet
    await settle();
    assert.deepEqual(fake.ends, []);
    late.down.resolve();
    await settle();

    assert.deepEqual(fake.ends, ["raise SIGTERM"]);
  });

  it("remove during a stop: the shutdown that has begun goes on, and the signal is raised", async () => {
    const fake = new FakeProcess();
    const stops = new SignalStops(fake);
    const target = new Target();
    const stop = stopOf(target);
    stops.add(stop);
    fake.receive("SIGTERM");

    stops.remove(stop);
    target.down.resolve();
    await settle();

    assert.deepEqual(fake.ends, ["raise SIGTERM"]);
  });

  it("remove while the signal is delivered: nothing is shut down, and later signals stop what is added", async () => {
    const fake = new FakeProcess();
    const stops = new SignalStops(fake);
    const removed = stopOf(new Target());
    const later = new Target();
    // A listener of the application that runs before, in the same delivery.
    fake.listen("SIGTERM", () => stops.remove(removed));
    stops.add(removed);

    fake.receive("SIGTERM");
    stops.add(stopOf(later));
    fake.receive("SIGTERM");
    later.down.resolve();
    await settle();

    assert.deepEqual((removed.target as Target).signals, []);
    assert.deepEqual(later.signals, ["SIGTERM"]);
    assert.deepEqual(fake.ends, ["raise SIGTERM"]);
  });

  it("do not shut down what does not want the signal", async () => {
    const fake = new FakeProcess();
    const stops = new SignalStops(fake);
    const [interrupted, terminated] = [new Target(), new Target()];
    stops.add(stopOf(interrupted, ["SIGINT"]));
    stops.add(stopOf(terminated, ["SIGTERM"]));

    fake.receive("SIGINT");
    interrupted.down.resolve();
    await settle();

    assert.deepEqual(terminated.signals, []);
    assert.deepEqual(fake.ends, ["raise SIGINT"]);
    assert.deepEqual(fake.listened, ["SIGTERM"], "the process may go on if others listen");
  });

  it("report a shutdown that rejects or throws, and raise the signal all the same", async () => {
    const fake = new FakeProcess();
    const stops = new SignalStops(fake);
    const [rejected, thrown] = [new RangeError("rejected"), new RangeError("thrown")];
    stops.add({ target: { shutdown: () => Promise.reject(rejected) }, signals: ["SIGTERM"] });
    stops.add({
      target: {
        shutdown() {
          throw thrown;
        },
      },
      signals: ["SIGTERM"],
    });

    fake.receive("SIGTERM");
    await settle();

    assert.deepEqual(new Set(fake.reported), new Set([rejected, thrown]));
    assert.deepEqual(fake.ends, ["raise SIGTERM"]);
  });
});
