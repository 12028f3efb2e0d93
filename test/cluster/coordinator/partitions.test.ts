import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventPartition } from "../../../src/cluster/coordinator/event-partition.ts";
import { LeaseTable } from "../../../src/cluster/embedded/lease-table.ts";
import { MAX_MESSAGE_BYTES, SharedState } from "../../../src/cluster/embedded/shared-state.ts";
import type { Delivery } from "../../../src/cluster/engine/log.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { ManualClock } from "../../../src/testing.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { RecordingObserver } from "../../_support/coordinator-world.ts";

describe("a partition of the events", () => {
  it("gives a new coordinator at once what a dead one was given and has not acknowledged", async () => {
    const clock = new ManualClock();
    const leaseTtlMs = 15_000;
    const state = await SharedState.load({
      store: new MemoryStore(),
      clock,
      leaseTtlMs,
      leases: new LeaseTable(clock, leaseTtlMs, MAX_MESSAGE_BYTES),
      onFault: () => {},
    });
    const { observer } = new RecordingObserver();
    const taken: Delivery[] = [];
    let die = (): void => {};
    const dead = new EventPartition(3, {
      session: {
        events: Object.assign(Object.create(state.events), {
          consume: async (options: Parameters<typeof state.events.consume>[0]) => {
            const consumption = await state.events.consume(options);
            die = () => consumption.abandon();
            return consumption;
          },
        }),
      },
      clock,
      observer,
      deliver: (delivery) => taken.push(delivery),
    });
    await dead.open();
    await state.events.append({
      id: "e",
      subject: "3.cart.a",
      headers: {},
      body: Buffer.from("1"),
    });
    await settleTurns();
    assert.equal(taken.length, 1);
    die();

    const given: Delivery[] = [];
    const next = new EventPartition(3, {
      session: state,
      clock,
      observer,
      deliver: (delivery) => given.push(delivery),
    });
    await next.open();
    await settleTurns();

    assert.deepEqual(
      given.map(({ sequence, attempt }) => [sequence, attempt]),
      [[taken[0]?.sequence, 1]],
    );
    await next.stop();
    state.endDeliveries();
  });
});
