import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorSystem, createSystem, snapshot } from "../../src/index.ts";
import { openManualSystem, openSystem } from "../_support/actor-system.ts";
import { puppet } from "../_support/monitor-actors.ts";

const invalid = { name: "UsageError", code: "ERR_INVALID_OPTION" };

describe("the monitor", () => {
  it("takes no snapshot of what is no system", () => {
    for (const value of [{}, undefined, null, "system"]) {
      assert.throws(() => snapshot(value as unknown as ActorSystem), invalid);
    }
  });

  it("takes no `since` that is no number", async () => {
    await using open = openSystem();
    for (const since of ["1", null, Number.NaN, Number.POSITIVE_INFINITY, {}]) {
      assert.throws(() => open.system.monitor.snapshot({ since } as never), invalid);
    }
  });

  it("takes no unknown event, and no listener that cannot be called", async () => {
    await using open = openSystem();
    const { monitor } = open.system;
    const on = monitor.on.bind(monitor) as (name: string, listener: unknown) => void;

    assert.throws(() => on("deadlok", () => {}), invalid);
    assert.throws(() => on("toString", () => {}), invalid);
    assert.throws(() => on("stuck", "listener"), invalid);
  });

  it("takes no options it does not know how to follow", () => {
    assert.throws(() => createSystem({ onDeadlock: "panic" as "reject" }), invalid);
    assert.throws(() => createSystem({ monitor: { graveWindowMs: -1 } }), invalid);
  });

  it("goes on, and tells the others, when a listener throws", async () => {
    await using open = openManualSystem();
    const told: string[] = [];
    open.system.monitor.on("stuck", () => {
      throw new Error("listener");
    });
    open.system.monitor.on("stuck", ({ id }) => told.push(id));
    const a = open.system.spawn(puppet);
    a.tell.run(() => new Promise(() => {}));

    await open.clock.advance(6_000);

    assert.deepEqual(told, [a.id]);
    assert.ok(open.telemetry.logs().some(({ msg }) => msg === "a monitor listener threw"));
    a.kill();
  });

  it("tells no subscriber that has left, and each subscription once", async () => {
    await using open = openManualSystem();
    let calls = 0;
    const listener = (): void => {
      calls += 1;
    };
    const off = open.system.monitor.on("stuck", listener);
    open.system.monitor.on("stuck", listener);
    off();
    off();
    const a = open.system.spawn(puppet);
    a.tell.run(() => new Promise(() => {}));

    await open.clock.advance(6_000);

    assert.equal(calls, 1);
    a.kill();
  });

  it("bears a listener that ends actors, and one that shuts the system down", async () => {
    const open = openManualSystem();
    const refs = [1, 2, 3].map(() => open.system.spawn(puppet));
    const downs: Promise<unknown>[] = [];
    open.system.monitor.on("stuck", () => {
      for (const ref of refs) ref.kill();
      downs.push(open.system.shutdown());
    });
    for (const ref of refs) ref.tell.run(() => new Promise(() => {}));

    await open.clock.advance(6_000);

    await Promise.all(downs);
    assert.equal(open.system.books().active, 0);
    assert.ok(downs.length > 0);
  });
});
