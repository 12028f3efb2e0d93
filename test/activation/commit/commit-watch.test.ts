import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CommitWatch, type WatchedCommit } from "../../../src/activation/commit/commit-watch.ts";
import { ManualClock } from "../../../src/testing.ts";

class Commit implements WatchedCommit {
  readonly startedMs: number;
  readonly calls: string[] = [];
  isSlow = false;

  constructor(clock: ManualClock) {
    this.startedMs = clock.monotonicMs();
  }

  slow(ageMs: number): void {
    this.calls.push(`slow ${ageMs}`);
  }

  giveUp(ageMs: number): void {
    this.calls.push(`given up ${ageMs}`);
  }
}

function setUp(saveDeadlineMs = 30_000) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const watch = new CommitWatch(clock, { slowSaveMs: 5_000, saveDeadlineMs }, (fault) => {
    faults.push(fault);
  });
  const begin = (): Commit => {
    const commit = new Commit(clock);
    watch.add(commit);
    return commit;
  };
  return { clock, watch, faults, begin };
}

describe("the watch of commits", () => {
  it("reports a commit that is not answered once, and gives it up at the deadline", async () => {
    const { clock, watch, begin } = setUp();
    const commit = begin();

    await clock.advance(4_999);
    const before = [...commit.calls];
    await clock.advance(1);
    const slow = [...commit.calls];
    await clock.advance(60_000);

    assert.deepEqual([before, slow], [[], ["slow 5000"]]);
    assert.deepEqual(commit.calls, ["slow 5000", "given up 30000"]);
    assert.equal(watch.size, 0);
    assert.equal(clock.backgroundTimers, 0);
  });

  it("has one timer for all, which does not keep the process running and ends with the last", async () => {
    const { clock, watch, begin } = setUp();
    const commits = Array.from({ length: 100 }, begin);
    const timers = [clock.pendingTimers, clock.backgroundTimers];

    for (const commit of commits) watch.remove(commit);
    await clock.advance(5_000);

    assert.deepEqual(timers, [0, 1]);
    assert.deepEqual([clock.pendingTimers, clock.backgroundTimers], [0, 0]);
    assert.deepEqual(
      commits.flatMap(({ calls }) => calls),
      [],
    );
  });

  it("reports each at its own time, and leaves out those that were answered", async () => {
    const { clock, watch, begin } = setUp();
    const first = begin();
    await clock.advance(3_000);
    const answered = begin();
    const second = begin();
    watch.remove(answered);

    await clock.advance(4_000);
    const early = [...second.calls];
    await clock.advance(1_000);

    assert.deepEqual([first.calls, early], [["slow 5000"], []]);
    assert.deepEqual([answered.calls, second.calls], [[], ["slow 5000"]]);
  });

  it("gives none up with the deadline `Infinity`", async () => {
    const { clock, watch, begin } = setUp(Number.POSITIVE_INFINITY);
    const commit = begin();

    await clock.advance(1_000_000);

    assert.deepEqual(commit.calls, ["slow 5000"]);
    assert.deepEqual([watch.size, clock.backgroundTimers], [1, 0]);
  });

  it("reports a fault, and watches the others", async () => {
    const { clock, faults, begin } = setUp();
    const fault = new Error("of the runtime");
    begin().slow = () => {
      throw fault;
    };
    const other = begin();

    await clock.advance(5_000);

    assert.deepEqual(faults, [fault]);
    assert.deepEqual(other.calls, ["slow 5000"]);
  });

  it("gives up what there is when it is closed, and watches nothing from then on", async () => {
    const { clock, watch, begin } = setUp();
    const commit = begin();

    await clock.advance(10);
    watch.close();
    const later = begin();
    await clock.advance(60_000);

    assert.deepEqual([commit.calls, later.calls], [["given up 10"], []]);
    assert.deepEqual([watch.size, clock.backgroundTimers], [0, 0]);
  });
});
