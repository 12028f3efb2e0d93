import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ActorContext } from "../../../src/index.ts";
import { defineMember, type MemberRef } from "../../_support/actor-family.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

const oops = new Error("oops");
const never = { restart: { policy: "never" } } as const;
const mortal = defineMember("mortal", [], never);

function link(one: MemberRef, other: MemberRef): Promise<unknown> {
  return one.ask.act((c) => c.link(other));
}

describe("linked actors", () => {
  for (const direction of ["there", "back"] as const) {
    it(`end together when one fails, with its error as the cause (${direction})`, async () => {
      await using open = openSystem();
      const [one, other] = [open.system.spawn(mortal), open.system.spawn(mortal)];
      await link(one, other);
      const [victim, survivor] = direction === "there" ? [other, one] : [one, other];

      victim.tell.fail(oops);

      assert.equal(await survivor.whenStopped(), "link_died");
      await assert.rejects(
        survivor.ask.act(() => 1),
        { code: "ERR_ACTOR_STOPPED", cause: oops },
      );
      const line = open.telemetry.logs().find(({ reason }) => reason === "link_died");
      assert.partialDeepStrictEqual(line, {
        level: 30,
        actor_id: survivor.id,
        err: { message: "oops" },
      });
    });
  }

  it("end together when one is killed; the cause says so", async () => {
    await using open = openSystem();
    const [one, other] = [open.system.spawn(mortal), open.system.spawn(mortal)];
    await link(one, other);

    other.kill();

    assert.equal(await one.whenStopped(), "link_died");
    await assert.rejects(
      one.ask.act(() => 1),
      (error: Error) => (error.cause as { code: string }).code === "ERR_ACTOR_KILLED",
    );
  });

  it("survive each other's normal end, and restarts", async () => {
    await using open = openManualSystem();
    const hardy = defineMember("hardy", []);
    const [one, two, three] = Array.from({ length: 3 }, () => open.system.spawn(hardy)) as [
      MemberRef,
      MemberRef,
      MemberRef,
    ];
    await link(one, two);
    await link(one, three);

    await two.stop();
    three.tell.fail();
    one.tell.fail();

    assert.equal(await one.ask.act(() => "well"), "well");
    assert.equal(await three.ask.act(() => "well"), "well");
  });

  it("stay linked through a restart of either", async () => {
    await using open = openManualSystem();
    const hardy = defineMember("hardy", []);
    const [one, other] = [open.system.spawn(hardy), open.system.spawn(hardy)];
    await link(one, other);
    one.tell.fail();
    other.tell.fail();
    await one.ask.act(() => 1);

    other.kill();

    assert.equal(await one.whenStopped(), "link_died");
  });

  it("in a circle all end, each once", async () => {
    await using open = openSystem();
    const refs = Array.from({ length: 5 }, () => open.system.spawn(mortal));
    for (const [index, ref] of refs.entries()) {
      await link(ref, refs[(index + 1) % refs.length] as MemberRef);
    }

    refs[2]?.tell.fail(oops);
    const reasons = await Promise.all(refs.map((ref) => ref.whenStopped()));

    assert.deepEqual(reasons.toSorted(), [...["failed"], ...Array(4).fill("link_died")]);
    assert.equal(open.system.books().stopped, 5);
  });

  it("twice are linked once, and unlinked at once from either side", async () => {
    await using open = openSystem();
    const [one, other] = [open.system.spawn(mortal), open.system.spawn(mortal)];
    await link(one, other);
    await link(one, other);
    await link(other, one);
    await other.ask.act((c) => c.unlink(one));

    other.kill();
    await settleTurns();

    assert.equal(await one.ask.act(() => "well"), "well");
  });

  it("that are unlinked before the notice's turn live on", async () => {
    await using open = openSystem();
    const [one, other] = [open.system.spawn(mortal), open.system.spawn(mortal)];
    await link(one, other);
    const gate = new Gate();
    one.tell.act(async (c) => {
      await gate.opened;
      c.unlink(other);
    });
    await until(() => open.system.books().processing === 1);
    other.kill();

    gate.open();

    assert.equal(await one.ask.act(() => "well"), "well");
  });

  it("learn of the death in turn: what was queued before is handled first", async () => {
    await using open = openSystem();
    const [one, other] = [open.system.spawn(mortal), open.system.spawn(mortal)];
    await link(one, other);
    const gate = new Gate();
    one.tell.act(() => gate.opened);
    const before = codeOf(one.ask.act(() => 1));
    await until(() => open.system.books().processing === 1);
    other.kill();
    const after = codeOf(one.ask.act(() => 1));

    gate.open();

    assert.deepEqual(await Promise.all([before, after]), [undefined, "ERR_ACTOR_STOPPED"]);
  });

  it("are not restarted for a death: it is their end, regardless of the policy", async () => {
    await using open = openManualSystem();
    const [one, other] = [open.system.spawn(defineMember("hardy", [])), open.system.spawn(mortal)];
    await link(one, other);

    other.tell.fail();

    assert.equal(await one.whenStopped(), "link_died");
    assert.equal(await open.telemetry.value("actor.restarts"), 0);
  });
});

describe("c.link", () => {
  it("to an actor that failed ends the linker, after the message it handles", async () => {
    await using open = openSystem();
    const [one, other] = [open.system.spawn(mortal), open.system.spawn(mortal)];
    other.tell.fail(oops);
    await other.whenStopped();

    await link(one, other);

    assert.equal(await one.whenStopped(), "link_died");
  });

  it("to an actor that stopped does nothing", async () => {
    await using open = openSystem();
    const [one, other] = [open.system.spawn(mortal), open.system.spawn(mortal)];
    await other.stop();

    await link(one, other);
    await settleTurns();

    assert.equal(await one.ask.act(() => "well"), "well");
  });

  it("refuses itself, foreign actors and what is no ref; so do the others", async () => {
    await using open = openSystem();
    await using elsewhere = openSystem();
    const foreign = elsewhere.system.spawn(mortal);
    const ref = open.system.spawn(defineMember("heedful", [], { onTerminated: () => {} }));

    const codes = await ref.ask.act((c) => {
      const targets = [c.self, foreign, undefined, null, 1, {}, { id: "a/1", type: "a" }];
      const verbs = ["link", "unlink", "watch", "unwatch"] as const;
      return verbs.flatMap((verb) => targets.map((target) => codeOfCall(c, verb, target)));
    });

    assert.deepEqual(codes, Array(28).fill("ERR_INVALID_LINK"));
  });

  it("is refused to an actor that has ended", async () => {
    await using open = openSystem();
    const [one, other] = [open.system.spawn(mortal), open.system.spawn(mortal)];
    const contexts: ActorContext<undefined>[] = [];
    await one.ask.act((c) => void contexts.push(c));
    await one.stop();

    assert.throws(() => contexts[0]?.link(other), { code: "ERR_ACTOR_STOPPED" });
  });
});

function codeOfCall(
  c: ActorContext<undefined>,
  verb: "link" | "unlink" | "watch" | "unwatch",
  target: unknown,
): unknown {
  try {
    return c[verb](target as never);
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe("onTerminated", () => {
  it("handles a link's death in its actor's stead: who, why, and with what error", async () => {
    await using open = openSystem();
    const heard: unknown[] = [];
    const heedful = defineMember("heedful", [], {
      onTerminated: (_c, ref, reason, error) => void heard.push([ref.id, reason, error]),
    });
    const one = open.system.spawn(heedful);
    const others = Array.from({ length: 3 }, () => open.system.spawn(mortal));
    for (const other of others) await link(one, other);

    others[0]?.tell.fail(oops);
    await others[0]?.whenStopped();
    others[1]?.kill();
    await others[2]?.stop();

    assert.equal(await one.ask.act(() => "well"), "well");
    assert.deepEqual(heard, [
      [others[0]?.id, "failed", oops],
      [others[1]?.id, "killed", undefined],
      [others[2]?.id, "normal", undefined],
    ]);
  });

  it("runs as a message: never beside a handler, awaited, counted as a signal", async () => {
    await using open = openSystem();
    const log: string[] = [];
    const gate = new Gate();
    const heedful = defineMember("heedful", [], {
      async onTerminated() {
        log.push("begins");
        await gate.opened;
        log.push("ends");
      },
    });
    const [one, other] = [open.system.spawn(heedful), open.system.spawn(mortal)];
    await link(one, other);
    other.kill();
    const asked = one.ask.act(() => log.push("handler"));
    await until(() => log.length === 1);

    gate.open();
    await asked;

    assert.deepEqual(log, ["begins", "ends", "handler"]);
    const handled = await open.telemetry.points("actor.message.handled");
    const signals = handled.filter(
      ({ attributes }) => attributes["actor.message.kind"] === "signal",
    );
    assert.deepEqual(
      signals.map(({ attributes, value }) => [attributes["actor.message.type"], value]),
      [["link_died", 1]],
    );
  });

  it("that throws is a failure of its actor, which restarts", async () => {
    await using open = openManualSystem();
    const failures: unknown[] = [];
    const heedful = defineMember("heedful", [], {
      onTerminated: () => assert.fail("too much"),
      onFailure: (_c, { phase, messageType }) => void failures.push([phase, messageType]),
    });
    const [one, other] = [open.system.spawn(heedful), open.system.spawn(mortal)];
    await link(one, other);

    other.kill();
    await settleTurns();

    assert.equal(await one.ask.act(() => "well"), "well");
    assert.deepEqual(failures, [["handler", "link_died"]]);
    assert.equal(await open.telemetry.value("actor.restarts"), 1);
  });

  it("is a dead letter where its actor ends before its turn", async () => {
    await using open = openSystem();
    const heedful = defineMember("heedful", [], { onTerminated: () => {} });
    const [one, other] = [open.system.spawn(heedful), open.system.spawn(mortal)];
    await link(one, other);
    const gate = new Gate();
    one.tell.act(() => gate.opened);
    await until(() => open.system.books().processing === 1);
    other.kill();
    one.kill();

    assert.deepEqual(
      open.system.deadLetters
        .recent()
        .map(({ messageType, kind, reason }) => [messageType, kind, reason]),
      [["link_died", "signal", "undelivered"]],
    );
  });
});
