import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMarker, MarkerSweep } from "../../../src/cluster/nats/markers.ts";
import { ManualClock } from "../../../src/testing.ts";

/** Writes down which messages were deleted. */
class Deletions {
  readonly sequences: number[] = [];
  fails = false;

  /** Sequence of the last message of the stream. */
  last = 100;

  async call<Result>(operation: string, body: object): Promise<Result> {
    if (this.fails) throw new Error("no connection");
    if (operation === "STREAM.INFO.KV_a") return { state: { last_seq: this.last } } as Result;
    assert.equal(operation, "STREAM.MSG.DELETE.KV_a");
    this.sequences.push((body as { seq: number }).seq);
    return {} as Result;
  }
}

const leftover = { subject: "a", headers: "", body: new Uint8Array() };

describe("markers of removed keys", () => {
  it("are deleted by who has written them, a while later", async () => {
    const [clock, api] = [new ManualClock(), new Deletions()];
    const sweep = new MarkerSweep("KV_a", { api, clock });
    sweep.add(5);
    await clock.advance(20_000);
    sweep.add(7);

    assert.deepEqual(api.sequences, []);
    await clock.advance(15_000);
    assert.deepEqual(api.sequences, [5]);
    await clock.advance(20_000);

    assert.deepEqual(api.sequences, [5, 7]);
    assert.equal(clock.backgroundTimers, 0);
  });

  it("stay without a connection, and are deleted once there is one", async () => {
    const [clock, api] = [new ManualClock(), new Deletions()];
    const sweep = new MarkerSweep("KV_a", { api, clock });
    api.fails = true;
    sweep.add(5);
    await clock.advance(60_000);

    api.fails = false;
    await clock.advance(5_000);

    assert.deepEqual(api.sequences, [5]);
  });

  it("stay while they are the last message, whose sequence could be given again", async () => {
    const [clock, api] = [new ManualClock(), new Deletions()];
    const sweep = new MarkerSweep("KV_a", { api, clock });
    api.last = 7;
    sweep.add(6);
    sweep.add(7);

    await clock.advance(60_000);
    assert.deepEqual(api.sequences, [6]);
    api.last = 8;
    await clock.advance(5_000);

    assert.deepEqual(api.sequences, [6, 7]);
    assert.equal(clock.backgroundTimers, 0);
  });

  it("of sessions that have ended are deleted when a list comes upon old ones", async () => {
    const [clock, api] = [new ManualClock(), new Deletions()];
    const sweep = new MarkerSweep("KV_a", { api, clock });

    sweep.addLeftover({ ...leftover, sequence: 6, storedAtMs: clock.epochMs() - 59_000 });
    sweep.addLeftover({ ...leftover, sequence: 5, storedAtMs: clock.epochMs() - 61_000 });
    await clock.advance(5_000);

    assert.deepEqual(api.sequences, [5]);
  });

  it("that are there when a watch begins are deleted once they are old, by whoever watches", async () => {
    const [clock, api] = [new ManualClock(), new Deletions()];
    const sweep = new MarkerSweep("KV_a", { api, clock });

    sweep.addMet({ sequence: 6, storedAtMs: clock.epochMs() - 20_000 });
    sweep.addMet({ sequence: 5, storedAtMs: clock.epochMs() - 61_000 });
    sweep.addMet({ sequence: 7, storedAtMs: clock.epochMs() + 3_600_000 }); // by a clock that is wrong
    await clock.advance(5_000);
    assert.deepEqual(api.sequences, [5]);
    await clock.advance(30_000);
    assert.deepEqual(api.sequences, [5]);
    await clock.advance(10_000);
    assert.deepEqual(api.sequences, [5, 6]);
    await clock.advance(25_000);

    assert.deepEqual(api.sequences, [5, 6, 7]);
    assert.equal(clock.backgroundTimers, 0);
  });

  it("are not deleted once the session is closed", async () => {
    const [clock, api] = [new ManualClock(), new Deletions()];
    const sweep = new MarkerSweep("KV_a", { api, clock });
    sweep.add(5);

    sweep.stop();
    sweep.add(6);
    await clock.advance(60_000);

    assert.deepEqual(api.sequences, []);
    assert.equal(clock.backgroundTimers, 0);
  });

  it("are told from values, also those of expired keys", () => {
    const marker = (headers: string): boolean => isMarker({ headers });

    assert.equal(marker(""), false);
    assert.equal(marker("NATS/1.0\r\nNats-Expected-Stream: KV_a\r\n\r\n"), false);
    assert.equal(marker("NATS/1.0\r\nKV-Operation: PUT\r\n\r\n"), false);
    assert.equal(marker("NATS/1.0\r\nKV-Operation: DEL\r\n\r\n"), true);
    assert.equal(marker("NATS/1.0\r\nKV-Operation: PURGE\r\n\r\n"), true);
    assert.equal(marker("NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\n\r\n"), true);
  });
});
