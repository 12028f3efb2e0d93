import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, defineActor, type RestartOptions } from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { ManualClock } from "../../../src/testing.ts";
import { actorsIn } from "../../_support/actor-books.ts";
import { defineMember, type MemberRef, spawnBelow } from "../../_support/actor-family.ts";
import {
  expectClosedBooks,
  openManualSystem,
  passTimeUntil,
  shutDownBy,
} from "../../_support/actor-system.ts";
import { codeOf, settleTurns } from "../../_support/actor-waiting.ts";

const steady = { initialMs: 100, factor: 2, maxMs: 400, jitter: 0 };
const patient: RestartOptions = { maxRestarts: 100, windowMs: 60_000, backoff: steady };

describe("an actor whose restarts are put off", () => {
  it("is restarting meanwhile, has ended its old life, and keeps its messages", async () => {
    await using open = openManualSystem();
    const diary: string[] = [];
    const ref = open.system.spawn(defineMember("slow", diary, { restart: patient }));
    ref.tell.fail();
    const asked = ref.ask.act(() => "handled");
    await open.clock.advance(99);
    assert.deepEqual(diary, ["slow starts", "slow stops: restart"]);
    assert.equal(actorsIn(open.system, "restarting"), 1);
    assert.equal(open.system.books().waiting, 1);

    await open.clock.advance(1);

    assert.equal(await asked, "handled");
    assert.equal(actorsIn(open.system, "running"), 1);
  });

  it("waits longer each time, up to the longest delay", async () => {
    await using open = openManualSystem();
    const startsMs: number[] = [];
    const onStart = (): void => void startsMs.push(open.clock.monotonicMs());
    const ref = open.system.spawn(defineMember("slow", [], { restart: patient, onStart }));
    for (let failure = 0; failure < 5; failure += 1) ref.tell.fail();

    await open.clock.advance(10_000);

    const gapsMs = startsMs.slice(1).map((atMs, index) => atMs - Number(startsMs[index]));
    assert.deepEqual(gapsMs, [100, 200, 400, 400, 400]);
  });

  it("begins anew with the shortest delay after a life that lasted", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineMember("slow", [], { restart: patient }));
    ref.tell.fail();
    ref.tell.fail();
    await open.clock.advance(300);
    await open.clock.advance(401);
    ref.tell.fail();

    await open.clock.advance(100);

    assert.equal(actorsIn(open.system, "running"), 1);
  });

  it("is put off by chance within the jitter", async () => {
    await using open = openManualSystem();
    const restart = { ...patient, backoff: { ...steady, jitter: 1 } };
    const refs = Array.from({ length: 50 }, () =>
      open.system.spawn(defineMember("slow", [], { restart })),
    );
    for (const ref of refs) ref.tell.fail();

    await open.clock.advance(50);
    const early = actorsIn(open.system, "running");
    await open.clock.advance(50);

    assert.ok(early > 0 && early < 50, `${early} of 50`);
    assert.equal(actorsIn(open.system, "running"), 50);
  });

  it("puts off a restart that failed as well, until the limit", async () => {
    await using open = openManualSystem();
    let starts = 0;
    const onStart = (): void => {
      starts += 1;
      if (starts > 1) throw new Error("worn out");
    };
    const restart = { ...patient, maxRestarts: 3 };
    const ref = open.system.spawn(defineMember("slow", [], { restart, onStart }));
    ref.tell.fail();

    await open.clock.advance(699);
    assert.equal(open.system.books().active, 1);
    await open.clock.advance(1);

    assert.equal(await ref.whenStopped(), "failed");
    assert.equal(starts, 4);
  });

  it("takes its younger siblings with it, which wait for it", async () => {
    await using open = openManualSystem();
    const diary: string[] = [];
    const supervision = { strategy: "rest_for_one" } as const;
    const boss = open.system.spawn(defineMember("boss", [], { supervision }));
    const [ann] = await spawnBelow(boss, [
      defineMember("ann", diary, { restart: patient }),
      defineMember("ben", diary),
    ]);
    diary.length = 0;
    ann?.tell.fail();
    await open.clock.advance(99);
    assert.deepEqual(diary, ["ben stops: restart", "ann stops: restart"]);

    await open.clock.advance(1);

    assert.deepEqual(diary.slice(2), ["ann starts", "ben starts"]);
  });
});

describe("an actor that ends while its restart is put off", () => {
  async function backingOff(ref: MemberRef): Promise<{ readonly asked: Promise<unknown> }> {
    ref.tell.fail();
    const asked = codeOf(ref.ask.act(() => "handled"));
    await settleTurns();
    return { asked };
  }

  for (const [how, end, reason, code] of [
    ["a stop", (ref: MemberRef) => void ref.stop(), "normal", "ERR_ACTOR_STOPPED"],
    ["a kill", (ref: MemberRef) => ref.kill(), "killed", "ERR_ACTOR_KILLED"],
  ] as const) {
    it(`by ${how} does so at once, without a new life`, async () => {
      await using open = openManualSystem();
      const diary: string[] = [];
      const ref = open.system.spawn(defineMember("slow", diary, { restart: patient }));
      const { asked } = await backingOff(ref);

      end(ref);

      assert.equal(await ref.whenStopped(), reason);
      assert.equal(await asked, code);
      assert.deepEqual(diary, ["slow starts", "slow stops: restart"]);
    });
  }

  it("by its parent's restart does so at once", async () => {
    await using open = openManualSystem();
    const boss = open.system.spawn(defineMember("boss", []));
    const [child] = await spawnBelow(boss, [defineMember("slow", [])], patient);
    await backingOff(child as MemberRef);

    boss.tell.fail();

    assert.equal(await child?.whenStopped(), "parent_stopped");
  });

  it("by a shutdown does so, within the deadline", async () => {
    await using open = openManualSystem();
    const restart = { ...patient, backoff: { initialMs: 3_600_000, jitter: 0 } };
    const ref = open.system.spawn(defineMember("slow", [], { restart }));
    ref.tell.fail();
    await settleTurns();

    const report = await shutDownBy(open.clock, open.system);

    assert.equal(await ref.whenStopped(), "shutdown");
    assert.equal(report.killed, 0);
  });

  it("before it ever ran tells those who wait for it to be ready", async () => {
    await using open = openManualSystem();
    const onStart = (): never => assert.fail("no start");
    const onFailure = (): "restart" => "restart";
    const ref = open.system.spawn(
      defineMember("slow", [], { restart: patient, onStart, onFailure }),
    );
    const ready = codeOf(ref.whenReady());
    await settleTurns();

    void ref.stop();

    assert.equal(await ready, "ERR_ACTOR_STOPPED");
  });
});

describe("very many restarts", () => {
  for (const [restarts, what, backoff] of [
    [100_000, "without a delay", undefined],
    [5_000, "put off each", { initialMs: 1, maxMs: 1 }],
  ] as const) {
    it(`leave nothing behind: ${restarts} of one actor, ${what}`, async () => {
      const clock = new ManualClock();
      const logger = createLogger({ level: "silent" });
      const system = createSystem({ logger, clock, tracing: false });
      let failures = 0;
      const limit = { maxRestarts: 1_000_000, windowMs: 60_000 };
      const wreck = defineActor("wreck", {
        mailbox: { limit: restarts + 1 },
        restart: backoff === undefined ? limit : { ...limit, backoff },
        handlers: {
          fail() {
            failures += 1;
            throw new Error("oops");
          },
          failures: () => failures,
        },
      });
      const ref = system.spawn(wreck);
      for (let failure = 0; failure < restarts; failure += 1) ref.tell.fail();

      const failed = await passTimeUntil(clock, ref.with({ timeoutMs: 86_400_000 }).ask.failures());

      assert.equal(failed, restarts);
      const { started, stopped } = system.books();
      assert.deepEqual({ started, stopped }, { started: 1, stopped: 0 });
      await passTimeUntil(clock, system.shutdown());
      expectClosedBooks(system);
      assert.equal(clock.pendingTimers, 0);
    });
  }
});
