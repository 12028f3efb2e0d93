import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { createProbe } from "../../src/testing.ts";
import { openSystem } from "../_support/actor-system.ts";

describe("a probe", () => {
  it("keeps what it is told, in order", async () => {
    await using open = openSystem();
    const probe = createProbe<string>(open.system);
    for (const text of ["a", "b", "c"]) probe.ref.tell.receive(text);

    await probe.ref.stop();

    assert.deepEqual(probe.received, ["a", "b", "c"]);
  });

  it("hands out each message once, whether it was waited for or was there before", async () => {
    await using open = openSystem();
    const probe = createProbe<number>(open.system);
    const waited = [probe.next(), probe.next()];
    for (const number of [1, 2, 3]) probe.ref.tell.receive(number);

    const first = await Promise.all(waited);
    const third = await probe.next();
    const fourth = probe.next();
    probe.ref.tell.receive(4);

    assert.deepEqual([...first, third, await fourth], [1, 2, 3, 4]);
  });

  it("can stand in for an actor that another one talks to", async () => {
    await using open = openSystem();
    const probe = createProbe<string>(open.system);
    const speaker = defineActor("speaker", {
      handlers: { speak: () => probe.ref.tell.receive("hello") },
    });

    open.system.spawn(speaker).tell.speak();

    assert.equal(await probe.next(), "hello");
  });
});
