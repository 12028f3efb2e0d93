import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor, type Failure } from "../../../src/index.ts";
import { defineMember, type MemberRef, spawnBelow } from "../../_support/actor-family.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { codeOf, settleTurns } from "../../_support/actor-waiting.ts";

const oops = new Error("oops");

describe("an actor whose child gives up", () => {
  it("fails with the phase child and the child's error; by default it restarts", async () => {
    await using open = openManualSystem();
    const diary: string[] = [];
    const heard: Failure[] = [];
    const boss = open.system.spawn(
      defineMember("boss", diary, { onFailure: (_c, failure) => void heard.push(failure) }),
    );
    const [child] = await spawnBelow(boss, [defineMember("child", diary)], { maxRestarts: 1 });

    child?.tell.fail();
    child?.tell.fail(oops);
    await settleTurns();

    assert.deepEqual(heard, [{ phase: "child", error: oops, childId: child?.id, restarts: 0 }]);
    assert.equal(await child?.whenStopped(), "failed");
    assert.deepEqual(diary.slice(-2), ["boss stops: restart", "boss starts"]);
    const line = open.telemetry
      .logs()
      .find(({ event, phase }) => event === "actor.failed" && phase === "child");
    assert.partialDeepStrictEqual(line, { actor_id: boss.id, child_id: child?.id });
  });

  it("may go on without it", async () => {
    await using open = openManualSystem();
    const diary: string[] = [];
    const boss = open.system.spawn(defineMember("boss", diary, { onFailure: () => "resume" }));
    const [child] = await spawnBelow(boss, [defineMember("child", diary)], { maxRestarts: 0 });

    child?.tell.fail();

    assert.equal(await child?.whenStopped(), "failed");
    assert.equal(await boss.ask.act(() => "well"), "well");
  });

  it("passes it on, level by level, up to the top, which ends as failed", async () => {
    await using open = openManualSystem();
    const diary: string[] = [];
    const fragile = { restart: { maxRestarts: 0 } };
    const top = open.system.spawn(defineMember("top", diary, fragile));
    const [middle] = await spawnBelow(top, [defineMember("middle", diary, fragile)]);
    const [low] = await spawnBelow(middle as MemberRef, [defineMember("low", diary, fragile)]);

    low?.tell.fail(oops);

    assert.equal(await top.whenStopped(), "failed");
    assert.deepEqual(await Promise.all([middle?.whenStopped(), low?.whenStopped()]), [
      "failed",
      "failed",
    ]);
    await assert.rejects(
      top.ask.act(() => 1),
      { code: "ERR_ACTOR_STOPPED", cause: oops },
    );
    assert.equal(await open.telemetry.value("actor.restarts"), 0);
    assert.equal(await open.telemetry.value("actor.failures"), 3);
  });

  it("learns of it at once when the child escalates, also at its start", async () => {
    await using open = openManualSystem();
    const diary: string[] = [];
    const phases: string[] = [];
    const boss = open.system.spawn(
      defineMember("boss", diary, {
        onFailure(_c, { phase }) {
          phases.push(phase);
          return "resume";
        },
      }),
    );
    const onFailure = (): "escalate" => "escalate";
    const [child] = await spawnBelow(boss, [defineMember("child", diary, { onFailure })]);
    child?.tell.fail();
    assert.equal(await child?.whenStopped(), "failed");
    const onStart = (): never => assert.fail("no start");

    const late = spawnBelow(boss, [defineMember("late", diary, { onFailure, onStart })]);

    assert.equal(await codeOf(late), "ERR_START_FAILED");
    assert.deepEqual(phases, ["child", "child"]);
  });

  it("is none at the top: escalating there is ending", async () => {
    await using open = openManualSystem();
    const top = open.system.spawn(defineMember("top", [], { onFailure: () => "escalate" }));

    top.tell.fail();

    assert.equal(await top.whenStopped(), "failed");
  });
});

describe("a worker of a pool that reaches its limit", () => {
  it("is replaced by the pool; the actor above goes on", async () => {
    await using open = openManualSystem();
    const diary: string[] = [];
    const worker = defineMember("worker", diary, { restart: { maxRestarts: 0 } });
    const boss = open.system.spawn(defineMember("boss", diary));
    const [pool] = (await boss.ask.act((c) => [c.spawnPool(worker, { size: 1 })])) as [MemberRef];
    diary.length = 0;

    pool.tell.fail();
    await open.clock.advance(10_000);

    assert.equal(await boss.ask.act(() => "well"), "well");
    assert.deepEqual(diary, ["worker stops: failed", "worker starts"]);
  });
});

describe("a child that fails at each start", () => {
  it("is not tried again by itself; its parent lives on", async () => {
    await using open = openManualSystem();
    const onStart = (): never => assert.fail("no start");
    const boss = open.system.spawn(defineMember("boss", []));

    const code = await codeOf(spawnBelow(boss, [defineMember("broken", [], { onStart })]));

    assert.equal(code, "ERR_START_FAILED");
    assert.equal(await boss.ask.act(() => "well"), "well");
  });

  it("and is tried again ends, with the parent that spawns it, at the limits of both", async () => {
    await using open = openManualSystem();
    const broken = defineActor("broken", {
      restart: { maxRestarts: 3 },
      onStart: () => assert.fail("no start"),
      onFailure: () => "restart",
      handlers: { noop() {} },
    });
    const boss = open.system.spawn(
      defineMember("boss", [], {
        restart: { maxRestarts: 2 },
        onStart: (c) => void c.spawnChild(broken),
      }),
    );

    assert.equal(await boss.whenStopped(), "failed");

    const { started, active } = open.system.books();
    assert.deepEqual({ started, active }, { started: 4, active: 0 });
    assert.equal(await open.telemetry.value("actor.restarts"), 3 * 3 + 2);
  });
});
