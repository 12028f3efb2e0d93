import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, defineActor, UsageError } from "../../src/index.ts";
import { expectBooks, inMemoryTelemetry, ManualClock } from "../../src/testing.ts";

const slow = defineActor("slow", {
  handlers: { hang: () => new Promise<number>(() => {}), ping: () => 1 },
});

/** A clock one of whose readings is at times no number. */
class BrokenClock extends ManualClock {
  override readonly exact = false;
  broken = false;
  readonly #method: string;
  readonly #reading: unknown;

  constructor(method: string, reading: unknown) {
    super();
    this.#method = method;
    this.#reading = reading;
  }

  override monotonicMs(): number {
    return this.#read("monotonicMs", super.monotonicMs());
  }

  override epochMs(): number {
    return this.#read("epochMs", super.epochMs());
  }

  #read(method: string, right: number): number {
    return this.broken && method === this.#method ? (this.#reading as number) : right;
  }
}

describe("ManualClock.advance", () => {
  for (const timeoutMs of [1, 7, 10, 95, 200, 5_000, 60_000]) {
    for (const offsetMs of [0, 3, 10]) {
      it(`by ${timeoutMs} ms expires an ask of that time-out made ${offsetMs} ms after another`, async () => {
        const clock = new ManualClock();
        const telemetry = inMemoryTelemetry({ logLevel: "silent" });
        const system = createSystem({ ...telemetry.systemOptions, clock, shutdownDeadlineMs: 500 });
        const ref = system.spawn(slow).with({ timeoutMs });
        const other = system.spawn(slow).with({ timeoutMs: 600_000 });
        let settled = "pending";
        const first = other.ask.hang().catch(() => {});
        await clock.advance(offsetMs);
        const ask = ref.ask.hang().catch((error) => {
          settled = error.code;
        });

        await clock.advance(timeoutMs - 1);
        assert.equal(settled, "pending");
        await clock.advance(1);
        await ask;

        assert.equal(settled, "ERR_ASK_TIMEOUT");
        const shutdown = system.shutdown();
        await clock.advance(1_000);
        await Promise.all([shutdown, first]);
        expectBooks(system);
        assert.equal(clock.pendingTimers, 0);
      });
    }
  }

  for (const bad of [Number.NaN, -1, Infinity, "5", undefined, null, 5n, Symbol("s"), {}]) {
    it(`refuses ${String(bad)} (${typeof bad}) and stays where it is`, async () => {
      const clock = new ManualClock();
      const before = [clock.monotonicMs(), clock.epochMs()];

      await assert.rejects(clock.advance(bad as never), (error) => {
        assert.ok(UsageError.is(error));
        assert.equal((error as UsageError).code, "ERR_INVALID_OPTION");
        return true;
      });

      assert.deepEqual([clock.monotonicMs(), clock.epochMs()], before);
    });
  }
});

describe("a clock of the application", () => {
  for (const reading of [Number.NaN, Infinity, undefined, "now", 5n]) {
    for (const method of ["monotonicMs", "epochMs"] as const) {
      it(`whose ${method} returns ${String(reading)} (${typeof reading}) ends neither process nor actors`, async () => {
        const clock = new BrokenClock(method, reading);
        const telemetry = inMemoryTelemetry();
        const system = createSystem({ ...telemetry.systemOptions, clock, shutdownDeadlineMs: 500 });
        const ref = system.spawn(slow);
        await ref.ask.ping();
        clock.broken = true;

        assert.equal(await ref.ask.ping(), 1);
        const timedOut = ref
          .with({ timeoutMs: 50 })
          .ask.hang()
          .catch(({ code }) => code);
        await clock.advance(20).catch(() => {});
        clock.broken = false;
        await clock.advance(200);

        assert.equal(await timedOut, "ERR_ASK_TIMEOUT");
        const faults = telemetry.logs().filter(({ event }) => event === "actor.runtime.fault");
        // Nothing of this reads the time of day; a line that does gets the last good one.
        assert.equal(faults.length > 0, method === "monotonicMs");
        const shutdown = system.shutdown();
        await clock.advance(1_000);
        await shutdown;
        expectBooks(system);
      });
    }
  }
});
