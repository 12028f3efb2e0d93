import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { applyEvents, type EventParts } from "../../../src/cluster/decisions/apply-events.ts";
import { CommandKind, SignalName } from "../../../src/cluster/protocol/commands.ts";
import type { EventBatch, RunnerEvent } from "../../../src/cluster/protocol/events.ts";
import type { PlacementRecord } from "../../../src/cluster/protocol/placement-record.ts";
import { eventBatch } from "../../_support/cluster-records.ts";
import {
  eventParts,
  NOW_MS,
  nowhere,
  recordOf,
  requireWritable,
} from "../../_support/decision-parts.ts";

type Told = Pick<RunnerEvent, "kind"> & Partial<RunnerEvent>;

function batch(told: readonly Told[], changes: Partial<EventBatch> = {}): EventBatch {
  const first = told[0]?.index ?? 1;
  const events = told.map((event, at) => ({ atMs: 0, index: first + at, ...event }));
  return eventBatch({ events, ...changes });
}

/** Applies one batch of generation 3 of `r-1`. Returns the record, and how each event has arrived. */
function apply(
  record: PlacementRecord | undefined,
  told: readonly Told[],
  parts: Partial<EventParts> = {},
  changes: Partial<EventBatch> = {},
): { readonly next: PlacementRecord | undefined; readonly arrivals: readonly string[] } {
  const applied = applyEvents(eventParts(parts), record, [batch(told, changes)]);
  if (applied.next !== undefined) requireWritable(applied.next);
  return { next: applied.next, arrivals: applied.fates.flat().map(({ arrival }) => arrival) };
}

const running = recordOf({ status: "running", eventIndex: 1, deadlineMs: 0 });
const moving = recordOf({ status: "stopping", eventIndex: 1, reason: "rebalanced" });

describe("a signal that found its actor ended", () => {
  const dropped = (signal: string, index = 2): Told => ({
    kind: "command_dropped",
    index,
    reason: "not_running",
    data: { commandId: "late", signal, data: { id: "nightly" } },
  });

  it("is given to a new activation, once, with its id and data", () => {
    const asleep = nowhere({ status: "asleep", eventIndex: 1 });

    const { next } = apply(asleep, [dropped("wake")]);
    const again = apply(next, [dropped("wake")]);

    assert.deepEqual([next?.status, next?.generation, next?.reason], ["starting", 4, "requested"]);
    const command = next?.outbox[1];
    assert.deepEqual(
      [command?.id, command?.signal, command?.data],
      ["late", "wake", { id: "nightly" }],
    );
    assert.equal(again.next, undefined);
  });

  it("is given to the activation that runs by now", () => {
    const { next } = apply({ ...running, generation: 4 }, [dropped("destroy")]);

    assert.deepEqual([next?.status, next?.outbox.at(-1)?.signal], ["stopping", "destroy"]);
    assert.equal(next?.generation, 4);
  });

  it("waits in the record if no runner fits", () => {
    const asleep = nowhere({ status: "asleep", eventIndex: 1 });

    const { next } = apply(asleep, [dropped("destroy")], { choose: () => undefined });

    assert.deepEqual([next?.status, next?.outbox.map(({ id }) => id)], ["pending", ["late"]]);
  });

  it("waits for the next attempt of an actor that could not start", () => {
    const backoff = nowhere({ status: "backoff", eventIndex: 1, notBeforeMs: NOW_MS + 9_000 });

    const { next } = apply(backoff, [dropped("destroy")]);

    assert.deepEqual([next?.status, next?.notBeforeMs], ["backoff", NOW_MS + 9_000]);
    assert.deepEqual(
      next?.outbox.map(({ id }) => id),
      ["late"],
    );
  });

  it("is forgotten if it has no object, or the command had another fate", () => {
    const asleep = nowhere({ status: "asleep", eventIndex: 1 });

    for (const signal of [SignalName.Sleep, SignalName.Kill]) {
      assert.equal(apply(asleep, [dropped(signal)]).next, undefined);
    }
    assert.equal(apply(asleep, [{ ...dropped("wake"), reason: "expired" }]).next, undefined);
    const { next } = apply(running, [{ ...dropped("wake"), reason: "expired" }]);
    assert.deepEqual([next?.eventIndex, next?.commandIndex], [2, running.commandIndex]);
  });

  it("does not undo a move", () => {
    const { next } = apply(moving, [dropped("destroy")]);

    assert.deepEqual([next?.status, next?.reason], ["stopping", "rebalanced"]);
    assert.equal(next?.outbox.at(-1)?.kind, CommandKind.Signal);
  });
});
