import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createGateway, expose, unchecked } from "../../../src/gateway.ts";
import { defineKeyedActor, queue } from "../../../src/index.ts";
import { ClusterWorld } from "../../_support/cluster-world.ts";

const press = defineKeyedActor("press", {
  state: () => 0,
  queues: { jobs: queue<string, number>(), idle: queue<string, number>() },
  handlers: { where: (c) => c.system.name },
  async run(c) {
    for await (const message of c.queue.jobs) await message.complete(message.body.length);
  },
});

describe("a queue message to another node whose reply is waited for", () => {
  it("is known to be stored before its reply, also when that comes too late", async () => {
    await using world = await ClusterWorld.open();
    const a = await world.add("a", { actors: [press] });
    await world.add("b", { actors: [press] });
    const actors = [expose(press, { queues: { jobs: unchecked, idle: unchecked } })];
    const gateway = await createGateway(a.system, { actors, port: 0 });
    let far = "";
    for (let at = 0; far === ""; at += 1) {
      if ((await a.system.get(press, `k${at}`).ask.where()) === "b") far = `k${at}`;
    }
    const send = (name: string, waitMs: number): Promise<Response> =>
      fetch(`${gateway.url}/actors/press/${far}/queue/${name}?waitMs=${waitMs}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '"four"',
      });

    const done = await send("jobs", 10_000);
    const late = await send("idle", 1_000);

    assert.deepEqual([done.status, await done.json()], [200, 4]);
    assert.equal(late.status, 202);
    assert.match(((await late.json()) as { id: string }).id, /^[\w-]{8,}$/);
    await gateway.close();
  });
});
