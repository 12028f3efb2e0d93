import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMarker, MarkerSweep } from "../../../src/cluster/nats/markers.ts";
import { ManualClock } from "../../../src/testing.ts";

/** Writes down which messages were deleted. */
class Deletions {
  readonly sequences: number[] = [];
  fails = false;

  async call<Result>(operation: string, body: object): Promise<Result> {
    assert.equal(operation, "STREAM.MSG.DELETE.KV_a");
    if (this.fails) throw new Error("no connection");
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

  it("are forgotten without a connection, and deleted by a list when they are old", async () => {
    const [clock, api] = [new ManualClock(), new Deletions()];
    const sweep = new MarkerSweep("KV_a", { api, clock });
    api.fails = true;
    sweep.add(5);
    await clock.advance(35_000);
    api.fails = false;

    sweep.addLeftover({ ...leftover, sequence: 6, storedAtMs: clock.epochMs() - 59_000 });
    sweep.addLeftover({ ...leftover, sequence: 5, storedAtMs: clock.epochMs() - 61_000 });
    await clock.advance(0);

    assert.deepEqual(api.sequences, [5]);
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
