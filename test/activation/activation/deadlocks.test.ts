import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { openManualSystem, passTimeUntil } from "../../_support/actor-system.ts";
import { codeOf, settleTurns } from "../../_support/actor-waiting.ts";

describe("keyed actors that wait for each other", () => {
  it("are reported as a deadlock: A asks B, which asks A", async () => {
    const caller = defineKeyedActor("caller", {
      messages: {} as { call(path: readonly string[]): Promise<string> },
      handlers: {
        async call(c, [next, ...path]): Promise<string> {
          return next === undefined ? "end" : await c.system.get(caller, next).ask.call(path);
        },
      },
    });
    await using open = openManualSystem({ onDeadlock: "reject" });

    const code = codeOf(open.system.get(caller, "a").ask.call(["b", "a"]));
    await settleTurns();
    await open.clock.advance(1_000);

    assert.equal(await code, "ERR_DEADLOCK");
    const found = open.telemetry.logs().find(({ event }) => event === "actor.deadlock.detected");
    assert.partialDeepStrictEqual(found, { kind: "ask" });
  });

  it("are reported when a hook waits for a key whose next activation waits for the hook", async () => {
    const codes: unknown[] = [];
    let rounds = 0;
    const knot = defineKeyedActor("knot", {
      handlers: {
        ping: () => "pong",
        async relay(c, to: string): Promise<string> {
          return await c.system.get(knot, to).ask.ping();
        },
      },
      async onSleep(c) {
        rounds += 1;
        if (rounds === 1) codes.push(await codeOf(c.system.get(knot, "other").ask.relay("self")));
      },
    });
    await using open = openManualSystem({ onDeadlock: "reject" });
    const self = open.system.get(knot, "self");
    await self.ask.ping();

    const asleep = self.sleep();
    await settleTurns();
    await open.clock.advance(1_000);
    await passTimeUntil(open.clock, asleep);

    assert.deepEqual(codes, ["ERR_DEADLOCK"]);
  });
});
