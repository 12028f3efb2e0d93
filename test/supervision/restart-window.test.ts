import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RestartWindow } from "../../src/supervision/restart-window.ts";

/** What the documentation says, without any cleverness: fewer than the limit within the window so far. */
class RememberAll {
  readonly #maxRestarts: number;
  readonly #windowMs: number;
  readonly #admittedAtMs: number[] = [];

  constructor(maxRestarts: number, windowMs: number) {
    this.#maxRestarts = maxRestarts;
    this.#windowMs = windowMs;
  }

  admit(nowMs: number): boolean {
    const recent = this.#admittedAtMs.filter((atMs) => nowMs - atMs < this.#windowMs);
    if (recent.length >= this.#maxRestarts) return false;
    this.#admittedAtMs.push(nowMs);
    return true;
  }
}

describe("RestartWindow", () => {
  it("agrees with a list of all restarts, regardless of the gaps", () => {
    const drawn = fc.record({
      maxRestarts: fc.integer({ min: 0, max: 5 }),
      windowMs: fc.integer({ min: 1, max: 100 }),
      gapsMs: fc.array(
        fc.oneof(fc.integer({ min: 0, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true })),
      ),
    });
    fc.assert(
      fc.property(drawn, ({ maxRestarts, windowMs, gapsMs }) => {
        const window = new RestartWindow({ maxRestarts, windowMs });
        const model = new RememberAll(maxRestarts, windowMs);
        let nowMs = 0;

        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          assert.equal(window.admit(nowMs), model.admit(nowMs), `at ${nowMs}`);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("never has more than the limit in any window, however it is laid", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 })), (gapsMs) => {
        const window = new RestartWindow({ maxRestarts: 3, windowMs: 100 });
        const admitted: number[] = [];
        let nowMs = 0;

        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          if (window.admit(nowMs)) admitted.push(nowMs);
        }

        for (const fromMs of admitted) {
          const within = admitted.filter((atMs) => atMs >= fromMs && atMs < fromMs + 100);
          assert.ok(within.length <= 3);
        }
      }),
    );
  });

  it("does not count the restarts it refuses", () => {
    const window = new RestartWindow({ maxRestarts: 1, windowMs: 100 });

    const admitted = [0, 50, 99, 100, 150, 200].map((atMs) => window.admit(atMs));

    assert.deepEqual(admitted, [true, false, false, true, false, true]);
  });

  it("counts several at once, all or none", () => {
    const window = new RestartWindow({ maxRestarts: 3, windowMs: 100 });

    const admitted = [2, 2, 1].map((restarts) => window.admit(0, restarts));

    assert.deepEqual(admitted, [true, false, true]);
  });

  it("says how many count", () => {
    const window = new RestartWindow({ maxRestarts: 1_000, windowMs: 100 });
    for (let atMs = 0; atMs < 1_000; atMs += 1) window.admit(atMs);

    const used = [999, 1_050, 1_098, 1_099].map((nowMs) => window.used(nowMs));

    assert.deepEqual(used, [100, 49, 1, 0]);
  });
});
