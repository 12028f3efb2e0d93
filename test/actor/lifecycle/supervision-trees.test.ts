import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor, type SupervisionStrategy } from "../../../src/index.ts";
import { defineMember, type MemberRef, spawnBelow } from "../../_support/actor-family.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, forever, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

const oops = new Error("oops");
const never = { policy: "never" } as const;

/** A boss with three children, and their diary, empty once all run. */
async function openFamily(strategy: SupervisionStrategy, supervision = {}) {
  const open = openManualSystem();
  const diary: string[] = [];
  const boss = open.system.spawn(
    defineMember("boss", diary, { supervision: { strategy, ...supervision } }),
  );
  const definitions = ["ann", "ben", "cem"].map((name) => defineMember(name, diary));
  const [ann, ben, cem] = (await spawnBelow(boss, definitions)) as [
    MemberRef,
    MemberRef,
    MemberRef,
  ];
  diary.length = 0;
  return { open, diary, boss, ann, ben, cem };
}

describe("a child's failure", () => {
  it("under one_for_one restarts the child alone", async () => {
    const { open, diary, ben } = await openFamily("one_for_one");
    await using _open = open;

    ben.tell.fail();
    await settleTurns();

    assert.deepEqual(diary, ["ben stops: restart", "ben starts"]);
  });

  it("under one_for_all restarts all: the youngest ends first, the oldest begins first", async () => {
    const { open, diary, ben } = await openFamily("one_for_all");
    await using _open = open;

    ben.tell.fail();
    await settleTurns();

    assert.deepEqual(diary, [
      "cem stops: restart",
      "ben stops: restart",
      "ann stops: restart",
      "ann starts",
      "ben starts",
      "cem starts",
    ]);
  });

  it("under rest_for_one restarts it and the younger ones", async () => {
    const { open, diary, ben } = await openFamily("rest_for_one");
    await using _open = open;

    ben.tell.fail();
    await settleTurns();

    assert.deepEqual(diary, [
      "cem stops: restart",
      "ben stops: restart",
      "ben starts",
      "cem starts",
    ]);
  });

  for (const strategy of ["one_for_one", "one_for_all", "rest_for_one"] as const) {
    it(`under ${strategy} restarts one whose actor is its parent's only child`, async () => {
      await using open = openManualSystem();
      const diary: string[] = [];
      const boss = open.system.spawn(defineMember("boss", diary, { supervision: { strategy } }));
      const [only] = await spawnBelow(boss, [defineMember("only", diary)]);

      only?.tell.fail();
      await settleTurns();

      assert.deepEqual(diary, ["boss starts", "only starts", "only stops: restart", "only starts"]);
    });

    it(`under ${strategy} is no concern of one that has no children and fails itself`, async () => {
      await using open = openManualSystem();
      const diary: string[] = [];
      const boss = open.system.spawn(defineMember("boss", diary, { supervision: { strategy } }));

      boss.tell.fail();
      await settleTurns();

      assert.deepEqual(diary, ["boss starts", "boss stops: restart", "boss starts"]);
    });

    it(`under ${strategy} stands on actor.restarts as the strategy, once for each that restarts`, async () => {
      const { open, ben } = await openFamily(strategy);
      await using _open = open;

      ben.tell.fail();
      await settleTurns();

      const points = await open.telemetry.points("actor.restarts");
      const strategies = points.map(({ attributes }) => attributes["actor.restart.strategy"]);
      const restarts = { one_for_one: 1, one_for_all: 3, rest_for_one: 2 }[strategy];
      assert.deepEqual(strategies, Array(restarts).fill(strategy));
      assert.equal(open.system.books().started, 4);
      assert.equal(open.system.books().stopped, 0);
    });
  }

  it("keeps ids and mailboxes of the siblings that restart along", async () => {
    const { open, diary, ann, ben } = await openFamily("one_for_all");
    await using _open = open;
    const gate = new Gate();
    ann.tell.act(() => gate.opened);
    const queued = ann.ask.act((c) => c.id);
    await until(() => open.system.books().processing === 1);
    ben.tell.fail();
    await settleTurns();
    assert.ok(!diary.includes("ann stops: restart"), "it waits for the handler under way");

    gate.open();

    assert.equal(await queued, ann.id);
    assert.deepEqual(diary.slice(-3), ["ann starts", "ben starts", "cem starts"]);
  });

  it("goes on without a sibling whose handler does not end: it is killed at the deadline", async () => {
    const { open, diary, ann, ben } = await openFamily("one_for_all");
    await using _open = open;
    ann.tell.act(() => new Gate().opened);
    await until(() => open.system.books().processing === 1);
    ben.tell.fail();

    await open.clock.advance(30_000);

    assert.equal(await ann.whenStopped(), "killed");
    assert.deepEqual(diary.slice(-2), ["ben starts", "cem starts"]);
  });

  it("goes on without a sibling whose onStop does not end: it is killed at the deadline", async () => {
    await using open = openManualSystem();
    const diary: string[] = [];
    const boss = open.system.spawn(
      defineMember("boss", [], { supervision: { strategy: "one_for_all" } }),
    );
    const hanging = defineActor("hanging", {
      onStop: (_c, reason) => (reason === "restart" ? forever() : undefined),
      handlers: { noop() {} },
    });
    await boss.ask.act((c) => void c.spawnChild(hanging));
    const [ben] = await spawnBelow(boss, [defineMember("ben", diary)]);

    ben?.tell.fail();
    await settleTurns();
    assert.deepEqual(diary, ["ben starts", "ben stops: restart"]);
    await open.clock.advance(30_000);

    assert.equal(await ben?.ask.act(() => "well"), "well");
    assert.equal(open.system.books().active, 2);
  });

  it("ends siblings that never restart, and leaves alone those that end anyway", async () => {
    await using open = openManualSystem();
    const diary: string[] = [];
    const boss = open.system.spawn(
      defineMember("boss", diary, { supervision: { strategy: "one_for_all" } }),
    );
    const [glass] = await spawnBelow(boss, [defineMember("glass", diary)], never);
    const [ben, cem] = await spawnBelow(boss, [
      defineMember("ben", diary),
      defineMember("cem", diary),
    ]);
    const gate = new Gate();
    cem?.tell.act((c) => {
      c.stop();
      return gate.opened;
    });
    await until(() => open.system.books().processing === 1);

    ben?.tell.fail(oops);
    await settleTurns();
    gate.open();

    assert.equal(await glass?.whenStopped(), "sibling_failed");
    assert.equal(await cem?.whenStopped(), "normal");
    await assert.rejects(async () => glass?.ask.act(() => 1), { cause: oops });
  });

  it("that comes while all restart restarts them again, each after the older ones", async () => {
    const { open, diary, ann, ben } = await openFamily("one_for_all");
    await using _open = open;

    ann.tell.fail();
    ben.tell.fail(); // handled by the new life, while the youngest has none yet
    await settleTurns();

    assert.equal(await open.telemetry.value("actor.restarts"), 6);
    assert.deepEqual(diary.slice(-3), ["ann starts", "ben starts", "cem starts"]);
  });
});

describe("the limit of a supervisor", () => {
  it("counts the restarts of all children, whichever fails", async () => {
    const { open, boss, ann, ben, cem } = await openFamily("one_for_one", { maxRestarts: 2 });
    await using _open = open;

    for (const child of [ann, ben, cem]) {
      child.tell.fail();
      await settleTurns();
    }

    assert.equal(await cem.whenStopped(), "failed");
    await boss.ask.act(() => 1);
    assert.equal(await ann.whenStopped(), "parent_stopped");
  });

  it("counts the siblings that restart along", async () => {
    const { open, ann, ben, cem } = await openFamily("one_for_all", { maxRestarts: 5 });
    await using _open = open;

    ann.tell.fail(); // three restarts
    await settleTurns();
    ben.tell.fail(); // would be six
    await settleTurns();

    assert.equal(await ben.whenStopped(), "failed");
    assert.deepEqual(await Promise.all([ann.whenStopped(), cem.whenStopped()]), [
      "parent_stopped",
      "parent_stopped",
    ]);
    const line = open.telemetry
      .logs()
      .find(({ msg }) => msg === "restart limit of the children reached");
    assert.partialDeepStrictEqual(line, { restarts: 5, window_ms: 5_000 });
  });

  it("counts what a sibling brings about in an actor's own limit, which refuses only its own", async () => {
    const { open, ann, ben } = await openFamily("one_for_all", {});
    await using _open = open;

    for (let failure = 0; failure < 3; failure += 1) {
      ann.tell.fail();
      await settleTurns();
      ben.tell.fail();
      await settleTurns();
    }

    // Five restarts of each; the sixth failure, the third of ben's own, is one too many.
    assert.equal(await ben.whenStopped(), "failed");
    assert.equal(await ann.whenStopped(), "parent_stopped");
  });

  it("forgets what has left its window", async () => {
    const { open, ann } = await openFamily("one_for_one", { maxRestarts: 1, windowMs: 100 });
    await using _open = open;

    for (let failure = 0; failure < 5; failure += 1) {
      ann.tell.fail();
      await open.clock.advance(100);
    }

    assert.equal(await ann.ask.act(() => "well"), "well");
  });
});

describe("restart settings of one child", () => {
  it("overrule the definition's, key by key", async () => {
    await using open = openManualSystem();
    const definition = defineMember("child", [], { restart: { policy: "never", maxRestarts: 1 } });
    const boss = open.system.spawn(defineMember("boss", [], { onFailure: () => "resume" }));
    const [child] = await spawnBelow(boss, [definition], { policy: "permanent" });
    const [plain] = await spawnBelow(boss, [definition]);
    plain?.tell.fail();
    child?.tell.fail();
    assert.equal(await child?.ask.act(() => "well"), "well");

    child?.tell.fail();

    assert.deepEqual(await Promise.all([plain?.whenStopped(), child?.whenStopped()]), [
      "failed",
      "failed",
    ]);
    assert.equal(await open.telemetry.value("actor.restarts"), 1);
  });

  it("are held against the same bounds, before anything is spawned", async () => {
    await using open = openSystem();
    const boss = open.system.spawn(defineMember("boss", []));

    const bad = spawnBelow(boss, [defineMember("child", [])], { maxRestarts: -1 });

    assert.equal(await codeOf(bad), "ERR_INVALID_OPTION");
    assert.equal(open.system.books().started, 1);
  });
});
