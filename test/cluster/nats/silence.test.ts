import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterError, ErrorCode } from "../../../src/base/errors.ts";
import { ApiCode, ApiError } from "../../../src/cluster/nats-client/nats-errors.ts";
import { Silence } from "../../../src/cluster/nats-client/silence.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

/** A silence, and how often it was too long. */
class World {
  readonly clock = new ManualClock();
  times = 0;
  readonly silence = new Silence({
    clock: this.clock,
    tooLong: () => {
      this.times += 1;
    },
  });

  /** A request that is given up after a time, as all are. */
  async unanswered(kind: "read" | "write", ms: number): Promise<void> {
    const sentMs = this.clock.monotonicMs();
    await this.clock.advance(ms);
    if (kind === "read") this.silence.readUnanswered(sentMs);
    else this.silence.writeUnanswered(sentMs);
  }
}

describe("the silence of JetStream", () => {
  it("is too long when nothing was answered for ten seconds, counted from the first request", async () => {
    const world = new World();

    await world.unanswered("read", 5_000);
    await world.unanswered("write", 4_999);
    assert.equal(world.times, 0);
    await world.unanswered("read", 1);

    assert.equal(world.times, 1);
  });

  it("begins anew when it was too long, and with another connection", async () => {
    const world = new World();
    await world.unanswered("write", 10_000);

    await world.unanswered("write", 9_999);
    world.silence.reset();
    await world.unanswered("write", 9_999);
    assert.equal(world.times, 1);
    await world.unanswered("write", 1);

    assert.equal(world.times, 2);
  });

  it("is ended by any answer if only reads were not answered", async () => {
    const world = new World();
    await world.unanswered("read", 9_000);

    world.silence.readAnswered();
    await world.unanswered("read", 9_000);

    assert.equal(world.times, 0);
  });

  it("of writes is ended by a write, not by the reads that a leader without followers still answers", async () => {
    const world = new World();
    await world.unanswered("write", 6_000);
    world.silence.writeAnswered();
    await world.unanswered("write", 6_000);
    assert.equal(world.times, 0);

    world.silence.readAnswered();
    await world.unanswered("write", 4_000);

    assert.equal(world.times, 1);
  });

  it("is told from refusals", () => {
    const unanswered = [
      new ClusterError("x", { code: ErrorCode.EngineNoReply }),
      new ClusterError("x", { code: ErrorCode.EngineNoListener }),
      new ApiError(ApiCode.TemporarilyUnavailable, "x"),
    ];
    const others = [
      new ClusterError("x", { code: ErrorCode.EngineUnavailable }),
      new ApiError(10_071, "wrong last sequence"),
      new Error("x"),
    ];

    assert.ok(unanswered.every((error) => Silence.isUnanswered(error)));
    assert.ok(!others.some((error) => Silence.isUnanswered(error)));
  });
});
