import assert from "node:assert/strict";
import {
  type ActorSystem,
  createSystem,
  type MonitoredSystem,
  type ShutdownReport,
  type SystemOptions,
} from "../../src/index.ts";
import {
  expectBooks,
  type InMemoryTelemetry,
  inMemoryTelemetry,
  ManualClock,
} from "../../src/testing.ts";

/** How far a clock is moved at a time while something is awaited, and how often at most. */
const STEP_MS = 50;
const MAX_STEPS = 2_000;
/** The most an ask wheel's timer runs on after the last ask. */
const WHEEL_REST_MS = 20;

/** A system of one test; disposing it shuts it down and audits its books before and after. */
export interface OpenSystem extends AsyncDisposable {
  readonly system: MonitoredSystem;
  readonly telemetry: InMemoryTelemetry;
}

/** The same with a clock that stands still until the test moves it. */
export interface OpenManualSystem extends OpenSystem {
  readonly clock: ManualClock;
}

/** Creates a system whose telemetry stays in memory. */
export function openSystem(options: SystemOptions = {}): OpenSystem {
  const telemetry = inMemoryTelemetry();
  const system = createSystem({ ...telemetry.systemOptions, ...options });
  return {
    system,
    telemetry,
    async [Symbol.asyncDispose]() {
      expectBooks(system);
      await system.shutdown();
      expectClosedBooks(system);
    },
  };
}

/** Creates a system on a manual clock; disposing it also holds that no timer is left on the clock. */
export function openManualSystem(options: SystemOptions = {}): OpenManualSystem {
  const clock = new ManualClock();
  const { system, telemetry } = openSystem({ clock, ...options });
  return {
    system,
    telemetry,
    clock,
    async [Symbol.asyncDispose]() {
      expectBooks(system);
      await shutDownBy(clock, system);
      expectClosedBooks(system);
      await clock.advance(WHEEL_REST_MS);
      const { pendingTimers, backgroundTimers } = clock;
      assert.deepEqual([pendingTimers, backgroundTimers], [0, 0], "timers are left on the clock");
    },
  };
}

/** Shuts down while time goes on, so that deadlines are met. */
export function shutDownBy(clock: ManualClock, system: ActorSystem): Promise<ShutdownReport> {
  return passTimeUntil(clock, system.shutdown());
}

/** Moves `clock` on until `promise` settles, and hands its outcome on. */
export async function passTimeUntil<Value>(
  clock: ManualClock,
  promise: Promise<Value>,
): Promise<Value> {
  let settled = false;
  const end = (): void => {
    settled = true;
  };
  promise.then(end, end);
  for (let step = 0; !settled; step += 1) {
    if (step > MAX_STEPS) throw new Error("it never settled, however far the clock was moved");
    await clock.advance(STEP_MS);
  }
  return promise;
}

/** Holds what is true once a system is down: nothing alive, all gauges zero, the equations as ever. */
export function expectClosedBooks(system: ActorSystem): void {
  expectBooks(system);
  const { active, levels } = system.books();
  assert.equal(active, 0);
  assert.deepEqual(levels, {});
}
