import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import FakeTimers from "@sinonjs/fake-timers";
import { Diagnostics } from "../../src/preload/diagnostics.ts";
import { SignalFlush } from "../../src/preload/process/signal-flush.ts";
import type { Telemetry } from "../../src/preload/telemetry.ts";

// Not SIGUSR2: Node itself listens to it, and writes a report into the working directory.
const SIGNAL = "SIGHUP";
const turn = setImmediate;

/** What a signal flush calls of the telemetry; counts the flushes. */
class FlushCounter {
  flushes = 0;
  readonly spanTotals = { waiting: 0, inFlight: 0 };

  flush(): Promise<boolean> {
    this.flushes += 1;
    return Promise.resolve(true);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void turn(resolve));
}

describe("signals under fake timers", { skip: process.platform === "win32" }, () => {
  const listeners: (() => void)[] = [];
  let flush: SignalFlush | undefined;
  let clock: ReturnType<typeof FakeTimers.install> | undefined;
  afterEach(() => {
    clock?.uninstall();
    flush?.[Symbol.dispose]();
    for (const listener of listeners.splice(0)) process.off(SIGNAL, listener);
  });

  function listen(): () => void {
    const listener = (): void => {};
    listeners.push(listener);
    process.prependListener(SIGNAL, listener);
    return listener;
  }

  it("are flushed at each time, not at the first only", async () => {
    const counter = new FlushCounter();
    flush = new SignalFlush({
      telemetry: counter as unknown as Telemetry,
      diagnostics: new Diagnostics({ write() {} }),
      deadlineMs: 100,
    });
    clock = FakeTimers.install({ toFake: ["nextTick", "queueMicrotask"] });
    const own = listen();
    await nextTurn();
    assert.notEqual(process.listeners(SIGNAL)[0], own, "the flush stands first");

    process.emit(SIGNAL, SIGNAL);
    await nextTurn();
    process.emit(SIGNAL, SIGNAL);

    assert.equal(counter.flushes, 2);
  });
});
