import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openManualSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns } from "../../_support/actor-waiting.ts";
import { type PuppetRef, puppet } from "../../_support/monitor-actors.ts";

/** Three actors, and the members of each deadlock they come into. */
function open() {
  const open = openManualSystem();
  const deadlocks: string[][] = [];
  open.system.monitor.on("deadlock", ({ members }) => deadlocks.push(members.map(({ id }) => id)));
  const [a, b, c] = [1, 2, 3].map(() => open.system.spawn(puppet)) as [
    PuppetRef,
    PuppetRef,
    PuppetRef,
  ];
  return { open, deadlocks, a, b, c };
}

describe("a wait for a reply that was given away", () => {
  it("is for whom the message was forwarded to", async () => {
    const { open: scene, deadlocks, a, b, c: between } = open();
    await using opened = scene;
    const asks = [
      codeOf(a.ask.run(() => between.ask.run((c) => c.forward(b).value()))),
      codeOf(b.ask.run(() => a.ask.value())),
    ];

    await opened.clock.advance(1_000);

    assert.deepEqual(deadlocks, [[a.id, b.id]]);
    await opened.clock.advance(6_000);
    await Promise.all(asks);
  });

  it("is for its receiver only: what has forwarded it may wait for the asker", async () => {
    const { open: scene, deadlocks, a, b, c: free } = open();
    await using opened = scene;
    const gate = new Gate();
    const held = free.ask.run(() => gate.opened);
    const asked = a.ask.run(() => b.ask.run((c) => c.forward(free).value()));
    await settleTurns();
    const waited = b.ask.run(() => a.ask.value());

    await opened.clock.advance(2_000);

    assert.deepEqual(deadlocks, []);
    gate.open();
    await Promise.all([held, asked, waited]);
  });

  it("is no part of a deadlock while the reply is kept: anybody may give it", async () => {
    const { open: scene, deadlocks, a, b } = open();
    await using opened = scene;
    const kept: { resolve(value: unknown): boolean }[] = [];
    const asked = a.ask.run(() => b.ask.run((c) => kept.push(c.delegateReply())));
    await settleTurns();
    const waited = b.ask.run(() => a.ask.value());

    await opened.clock.advance(2_000);

    assert.deepEqual([deadlocks, kept.length], [[], 1]);
    kept[0]?.resolve(1);
    await Promise.all([asked, waited]);
  });
});
