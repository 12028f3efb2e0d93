import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CommandKind, SignalName } from "../../../src/cluster/protocol/commands.ts";
import { NOW_MS, nowhere } from "../../_support/decision-parts.ts";
import { apply, moving, running, type Told } from "../../_support/told-events.ts";

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
