import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { applyEvents, isOfRunner } from "../../../src/cluster/decisions/apply-events.ts";
import { MAX_START_ATTEMPTS } from "../../../src/cluster/decisions/transitions.ts";
import { EventKind } from "../../../src/cluster/protocol/events.ts";
import type { PlacementRecord } from "../../../src/cluster/protocol/placement-record.ts";
import { ADDRESS, signalCommand, startCommand } from "../../_support/cluster-records.ts";
import { eventParts, NOW_MS, nowhere, recordOf } from "../../_support/decision-parts.ts";
import { apply, batch, moving, running, starting, type Told } from "../../_support/told-events.ts";

describe("the states of a placement", () => {
  it("starting → running: the start and the input are done with", () => {
    const { next, arrivals } = apply({ ...starting, attempts: 4 }, [{ kind: "running" }]);

    assert.deepEqual(arrivals, ["applied"]);
    assert.equal(next?.status, "running");
    assert.deepEqual([next?.eventIndex, next?.attempts, next?.outbox], [1, 0, []]);
    assert.equal(next?.input, undefined);
    assert.equal(next?.sinceMs, NOW_MS);
  });

  it("starting → running keeps signals that may not be in the log", () => {
    const outbox = [startCommand(), signalCommand()];

    const { next } = apply({ ...starting, outbox, commandIndex: 2 }, [{ kind: "running" }]);

    assert.deepEqual(next?.outbox, [signalCommand()]);
  });

  it("starting → backoff when the start fails, longer each time, and the input is kept", () => {
    const delays = [0, 1, 2, 3, 7].map((attempts) => {
      const { next } = apply({ ...starting, attempts }, [
        { kind: "start_failed", reason: "ERR_START_FAILED" },
      ]);
      assert.equal(next?.status, "backoff");
      assert.equal(next.attempts, attempts + 1);
      assert.equal(next.input, 7);
      assert.equal(next.runnerId, undefined);
      return next.notBeforeMs - NOW_MS;
    });

    assert.deepEqual(delays, [125, 250, 500, 1_000, 15_000]);
  });

  it("starting → failed after ten failed starts", () => {
    const { next } = apply({ ...starting, attempts: MAX_START_ATTEMPTS - 1 }, [
      { kind: "start_failed", reason: "ERR_START_FAILED" },
    ]);

    assert.deepEqual([next?.status, next?.attempts], ["failed", 10]);
    assert.equal(next?.notBeforeMs, NOW_MS + 30_000);
  });

  it("starting → starting above the stored generation when the start is refused", () => {
    const { next } = apply(starting, [{ kind: "start_refused", data: { storedGeneration: 41 } }]);

    assert.deepEqual([next?.status, next?.generation, next?.reason], ["starting", 42, "stale"]);
    assert.deepEqual([next?.outbox[0]?.kind, next?.outbox[0]?.data], ["start", 7]);
  });

  it("starting → elsewhere when the runner does not define the type, drains or is full", () => {
    for (const reason of ["type_missing", "runner_draining", "ERR_RESIDENT_LIMIT"]) {
      const { next } = apply(starting, [{ kind: "start_failed", reason }]);

      assert.deepEqual([next?.status, next?.runnerId, next?.generation], ["starting", "r-2", 4]);
      assert.equal(next?.attempts, 1);
    }
  });

  it("starting → elsewhere when a later version of its definition has stored its state", () => {
    const { next } = apply(starting, [{ kind: "start_failed", reason: "ERR_STATE_NEWER" }]);

    assert.deepEqual([next?.status, next?.runnerId, next?.generation], ["starting", "r-2", 4]);
    assert.ok(isOfRunner("ERR_STATE_NEWER"));
    assert.ok(!isOfRunner("ERR_STATE_MIGRATION"));
  });

  it("starting → backoff when only the same runner could be tried again", () => {
    const { next } = apply(starting, [{ kind: "start_failed", reason: "type_missing" }], {
      choose: () => "r-1",
    });

    assert.equal(next?.status, "backoff");
  });

  it("starting → pending when it could not be tried anywhere", () => {
    const { next } = apply(starting, [{ kind: "start_failed", reason: "type_missing" }], {
      choose: () => undefined,
    });

    assert.deepEqual([next?.status, next?.deadlineMs, next?.input], ["pending", 0, 7]);
  });

  it("starting → asleep when there is no such actor", () => {
    const { next } = apply(starting, [{ kind: "start_failed", reason: "ERR_NO_SUCH_ACTOR" }]);

    assert.deepEqual([next?.status, next?.attempts], ["asleep", 0]);
  });

  it("running → asleep when it has ended, with its generation", () => {
    const { next } = apply(running, [{ kind: "stopped", index: 2, reason: "idle" }]);

    assert.deepEqual([next?.status, next?.generation, next?.eventIndex], ["asleep", 3, 2]);
    assert.equal(next?.runnerId, undefined);
  });

  it("running → starting when it has ended and is wanted", () => {
    const { next } = apply(running, [{ kind: "stopped", index: 2, reason: "idle" }], {
      isWanted: () => true,
    });

    assert.deepEqual([next?.status, next?.generation, next?.reason], ["starting", 4, "wanted"]);
  });

  it("running → starting with a signal that was not sent", () => {
    const outbox = [signalCommand()];

    const { next } = apply({ ...running, outbox }, [{ kind: "stopped", index: 2, reason: "idle" }]);

    assert.deepEqual(
      next?.outbox.map(({ id, kind }) => [kind, kind === "start" ? "" : id]),
      [
        ["start", ""],
        ["signal", signalCommand().id],
      ],
    );
    assert.deepEqual(next?.outbox[1]?.checkpoint, { address: ADDRESS, generation: 4, index: 2 });
  });

  it("running → asleep without a signal that was carried out, regardless of what became of the write that has sent it", () => {
    const outbox = [2, 3].map((index) =>
      signalCommand({ id: `c-${index}`, checkpoint: { address: ADDRESS, generation: 3, index } }),
    );
    const stopped = (commandIndex: number): Told => ({
      ...{ kind: "stopped", index: 2, reason: "idle" },
      data: { commandIndex },
    });
    const record = { ...running, outbox, commandIndex: 3 };

    assert.equal(apply(record, [stopped(3)]).next?.status, "asleep");
    const { next } = apply(record, [stopped(2)]);

    assert.equal(next?.status, "starting");
    assert.deepEqual(
      next?.outbox.slice(1).map(({ id }) => id),
      ["c-3"],
    );
  });

  it("running → starting with a signal that was sent to a runner that is gone: its log may be purged", () => {
    const outbox = [signalCommand({ checkpoint: { address: ADDRESS, generation: 3, index: 2 } })];
    const stopped: Told = { kind: "stopped", index: 2, reason: "idle", data: { commandIndex: 1 } };
    const parts = { sentIndex: 2, isThere: () => false };

    const { next } = apply({ ...running, outbox, commandIndex: 2 }, [stopped], parts);

    assert.equal(next?.status, "starting");
    assert.deepEqual(
      next?.outbox.map(({ kind, mustExist }) => [kind, mustExist]),
      [
        ["start", true],
        ["signal", undefined],
      ],
    );
  });

  it("running → asleep although a signal was sent: its runner tells if it has not carried it out", () => {
    const outbox = [signalCommand()];
    const told: readonly Told[] = [{ kind: "stopped", index: 2, reason: "idle" }];

    const { next } = apply({ ...running, outbox }, told, { sentIndex: 2 });

    assert.equal(next?.status, "asleep");
  });

  for (const reason of ["drained", "shutdown", "fenced"]) {
    it(`running → starting elsewhere when its process has ended it: ${reason}`, () => {
      const { next } = apply(running, [{ kind: "stopped", index: 2, reason }]);

      assert.deepEqual(
        [next?.status, next?.runnerId, next?.reason],
        ["starting", "r-2", "runner_draining"],
      );
    });
  }

  it("stopping → starting elsewhere when it was moved, and pending if there is no room", () => {
    const told: readonly Told[] = [{ kind: "stopped", index: 2, reason: "drained" }];

    const { next } = apply(moving, told);
    const { next: waiting } = apply(moving, told, { choose: () => undefined });

    assert.deepEqual([next?.runnerId, next?.generation, next?.reason], ["r-2", 4, "rebalanced"]);
    assert.deepEqual([waiting?.status, waiting?.reason], ["pending", "rebalanced"]);
  });

  it("stopping → asleep when its end was requested", () => {
    const record = recordOf({ status: "stopping", reason: "requested" });

    const { next } = apply(record, [{ kind: "stopped", reason: "destroyed" }]);

    assert.equal(next?.status, "asleep");
  });

  it("stopping stays stopping when it has started only now", () => {
    const record = recordOf({ status: "stopping", reason: "requested", eventIndex: 0 });

    const { next } = apply(record, [{ kind: "running" }]);

    assert.deepEqual([next?.status, next?.deadlineMs], ["stopping", record.deadlineMs]);
  });
});

describe("the arrival of events", () => {
  it("is a duplicate or stale: nothing changes", () => {
    const stopped: Told = { kind: "stopped", reason: "idle" };

    assert.deepEqual(apply(running, [{ kind: "running" }]), {
      next: undefined,
      arrivals: ["duplicate"],
    });
    assert.deepEqual(apply(running, [stopped], {}, { generation: 2 }), {
      next: undefined,
      arrivals: ["stale"],
    });
    assert.deepEqual(apply(undefined, [stopped]), { next: undefined, arrivals: ["stale"] });
  });

  it("is stale if another runner tells it under the same generation, or the generation is over", () => {
    const told: readonly Told[] = [{ kind: "stopped", index: 2, reason: "idle" }];

    assert.deepEqual(apply(running, told, {}, { runnerId: "r-9" }).arrivals, ["stale"]);
    assert.deepEqual(apply(nowhere({ status: "asleep", eventIndex: 1 }), told).arrivals, ["stale"]);
    const late: readonly Told[] = [{ kind: "stopped", index: 5, reason: "idle" }];
    assert.deepEqual(apply(nowhere({ status: "asleep", eventIndex: 1 }), late).arrivals, ["stale"]);
  });

  it("is a gap or future: nothing changes until the missing ones are there", () => {
    assert.deepEqual(apply(running, [{ kind: "stopped", index: 3 }]), {
      next: undefined,
      arrivals: ["gap"],
    });
    assert.deepEqual(apply(running, [{ kind: "running" }], {}, { generation: 4 }), {
      next: undefined,
      arrivals: ["future"],
    });
  });

  it("is accepted after a gap that is certain, which is counted", () => {
    const applied = applyEvents(eventParts({ acceptsGaps: true }), running, [
      batch([{ kind: "stopped", index: 5, reason: "idle" }]),
    ]);

    assert.deepEqual([applied.next?.status, applied.next?.eventIndex], ["asleep", 5]);
    assert.equal(applied.missing, 3);
  });

  it("is decided for each event of each batch in turn, in one record", () => {
    const { fates, next } = applyEvents(eventParts(), starting, [
      batch([{ kind: "running" }]),
      batch([{ kind: "running" }, { kind: "stopped", reason: "drained" }]),
      batch([{ kind: "stopped", index: 2, reason: "drained" }]),
    ]);

    const arrivals = fates.map((list) => list.map(({ arrival }) => arrival));
    assert.deepEqual(arrivals, [["applied"], ["duplicate", "applied"], ["stale"]]);
    assert.deepEqual([next?.status, next?.generation], ["starting", 4]);
  });

  it("is refused if an event has no meaning", () => {
    for (const data of [undefined, null, {}, { storedGeneration: "1" }, { storedGeneration: -1 }]) {
      assert.throws(() => apply(starting, [{ kind: "start_refused", data }]), {
        code: "ERR_PROTOCOL_INVALID",
      });
    }
  });

  it("never lets the generation fall or the outbox grow without bound, regardless of what is told", () => {
    const kind = fc.constantFrom(...Object.values(EventKind));
    const told = fc.array(
      fc.record({
        kind,
        reason: fc.constantFrom("idle", "drained", "type_missing", "not_running", "ERR_X"),
        index: fc.integer({ min: 1, max: 6 }),
        generation: fc.integer({ min: 1, max: 8 }),
        runnerId: fc.constantFrom("r-1", "r-2"),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(told, fc.boolean(), (list, acceptsGaps) => {
        let record: PlacementRecord = starting;
        for (const { generation, runnerId, ...event } of list) {
          const signal = { commandId: `c-${event.index}`, signal: "wake" };
          const data = event.kind === "start_refused" ? { storedGeneration: generation } : signal;
          const { next } = apply(
            record,
            [{ ...event, data }],
            { acceptsGaps },
            {
              generation,
              runnerId,
            },
          );
          assert.ok((next ?? record).generation >= record.generation);
          record = next ?? record;
        }
      }),
    );
  });
});
