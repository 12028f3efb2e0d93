import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { defineMember, type MemberRef } from "../../_support/actor-family.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { Gate, until } from "../../_support/actor-waiting.ts";

const mortal = defineMember("mortal", [], { restart: { policy: "never" } });

describe("a watch", () => {
  it("only tells the watcher, for any reason, and leaves the watched alone", async () => {
    await using open = openSystem();
    const heard: string[] = [];
    const watcher = defineMember("watcher", [], {
      onTerminated: (_c, _ref, reason) => heard.push(reason),
    });
    const [one, two] = [open.system.spawn(watcher), open.system.spawn(watcher)];
    const [stopped, killed, living] = Array.from({ length: 3 }, () => open.system.spawn(mortal));
    await one.ask.act((c) => [stopped, killed, living].map((ref) => ref && c.watch(ref)));
    await two.ask.act((c) => living && c.watch(living));

    await stopped?.stop();
    killed?.kill();
    two.kill();

    assert.equal(await one.ask.act(() => "well"), "well");
    assert.deepEqual(heard, ["normal", "killed"]);
    assert.equal(await living?.ask.act(() => "well"), "well");
  });

  it("of an actor that has ended tells at once", async () => {
    await using open = openSystem();
    const heard: string[] = [];
    const watcher = defineMember("watcher", [], {
      onTerminated: (_c, _ref, reason) => heard.push(reason),
    });
    const [one, other] = [open.system.spawn(watcher), open.system.spawn(mortal)];
    await other.stop();

    await one.ask.act((c) => c.watch(other));
    await one.ask.act(() => 1);

    assert.deepEqual(heard, ["normal"]);
  });

  it("together with a link tells once; unlinking leaves the watch", async () => {
    await using open = openSystem();
    const heard: string[] = [];
    const watcher = defineMember("watcher", [], { onTerminated: (_c, ref) => heard.push(ref.id) });
    const one = open.system.spawn(watcher);
    const [both, unlinked, unwatched] = Array.from({ length: 3 }, () =>
      open.system.spawn(mortal),
    ) as [MemberRef, MemberRef, MemberRef];
    await one.ask.act((c) => {
      for (const ref of [both, unlinked, unwatched]) {
        c.link(ref);
        c.watch(ref);
      }
      c.unlink(unlinked);
      c.unwatch(unwatched);
      c.unlink(unwatched);
    });

    for (const ref of [both, unlinked, unwatched]) ref.kill();
    await one.ask.act(() => 1);

    assert.deepEqual(heard, [both.id, unlinked.id]);
  });

  it("needs onTerminated", async () => {
    await using open = openSystem();
    const [one, other] = [open.system.spawn(mortal), open.system.spawn(mortal)];

    const asked = one.ask.act((c) => c.watch(other));

    await assert.rejects(asked, { code: "ERR_INVALID_LINK", message: /has no onTerminated/ });
  });

  it("tells a new life of what an old one watched", async () => {
    await using open = openManualSystem();
    const heard: string[] = [];
    const watcher = defineMember("watcher", [], {
      onTerminated: (_c, _ref, reason) => heard.push(reason),
    });
    const [one, other] = [open.system.spawn(watcher), open.system.spawn(mortal)];
    await one.ask.act((c) => c.watch(other));
    one.tell.fail();
    await one.ask.act(() => 1);

    other.kill();
    await one.ask.act(() => 1);

    assert.deepEqual(heard, ["killed"]);
  });

  it("goes past a full mailbox", async () => {
    await using open = openSystem();
    const heard: string[] = [];
    const gate = new Gate();
    const watcher = defineActor("watcher", {
      mailbox: { limit: 1 },
      onTerminated: (_c, _ref, reason) => heard.push(reason),
      handlers: {
        watch: (c, ref: MemberRef) => c.watch(ref),
        wait: () => gate.opened,
      },
    });
    const [one, other] = [open.system.spawn(watcher), open.system.spawn(mortal)];
    await one.ask.watch(other);
    one.tell.wait();
    await until(() => open.system.books().processing === 1);
    one.tell.wait();

    other.kill();
    gate.open();

    await until(() => heard.length === 1);
  });
});
