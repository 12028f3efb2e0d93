import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { DeliveryError, defineActor } from "../../src/index.ts";
import { openManualSystem } from "../_support/actor-system.ts";

const full = defineActor("full", {
  mailbox: { limit: 1 },
  stopDeadlineMs: 1_000,
  handlers: { job: (_c, _item?: number) => new Promise<number>(() => {}) },
});

describe("a tell that a full mailbox refuses", () => {
  it("neither restarts nor stops its sender, however often", async () => {
    await using open = openManualSystem({ monitor: false });
    const target = open.system.spawn(full);
    target.tell.job();
    await open.clock.advance(0);
    target.tell.job();
    const sender = defineActor("sender", {
      state: () => ({ pushed: 0 }),
      handlers: {
        push: (c) => {
          c.state.pushed += 1;
          target.tell.job();
        },
        pushed: (c) => c.state.pushed,
      },
    });
    const ref = open.system.spawn(sender);

    for (let push = 0; push < 20; push += 1) ref.tell.push();

    assert.equal(await ref.ask.pushed(), 20);
    const failed = open.telemetry.logs().filter(({ event }) => event === "actor.failed");
    assert.equal(failed[0]?.["directive"], "resume");
  });

  it("is handed back by the error, which does not show it", async () => {
    await using open = openManualSystem({ monitor: false });
    const target = open.system.spawn(full);
    target.tell.job();
    await open.clock.advance(0);
    target.tell.job();

    const error: unknown = assert.throws(
      () => target.tell.job(4_711),
      (thrown) => {
        assert.ok(thrown instanceof DeliveryError);
        assert.deepEqual(thrown.args, [4_711]);
        assert.ok(!inspect(thrown).includes("4711"));
        assert.ok(!JSON.stringify(thrown).includes("4711"));
        return true;
      },
    );
    assert.equal(error, undefined);
  });
});
