import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CallError, type ClientOptions, createClient } from "../../../src/client.ts";
import { createGateway, expose, type GatewayLimits, unchecked } from "../../../src/gateway.ts";
import { defineKeyedActor } from "../../../src/index.ts";
import { until } from "../../_support/actor-waiting.ts";
import { ClusterWorld } from "../../_support/cluster-world.ts";

const counter = defineKeyedActor("counter", {
  state: () => ({ n: 0 }),
  handlers: { add: (c) => (c.state.n += 1) },
});
const actors = [expose(counter, { calls: { add: unchecked } })];

/** A gateway in a process that runs no actors, and a client of it. */
async function clientOf(world: ClusterWorld, options: ClientOptions, limits: GatewayLimits) {
  const roles = { client: true, coordinator: true };
  const { system } = await world.add("c", { actors: [counter] }, roles);
  const { url = "" } = await createGateway(system, { actors, port: 0, limits });
  return createClient<typeof actors>(url, options);
}

describe("a gateway of a cluster without a runner", () => {
  it("says that a call was not handled, and when to repeat it", async () => {
    await using world = await ClusterWorld.open();
    const client = await clientOf(world, { retries: 0 }, { callTimeoutMs: 300 });

    await assert.rejects(client.counter.get("x").ask.add(), (error) => {
      assert.ok(error instanceof CallError);
      const { code, status, outcome, retryAfterMs } = error;
      assert.deepEqual([code, status, outcome], ["ERR_NO_RUNNER", 503, "not_handled"]);
      assert.equal(retryAfterMs, 1_000);
      return true;
    });
    await client.$close();
  });

  it("has clients repeat calls until a runner is there", async () => {
    await using world = await ClusterWorld.open();
    const statuses: number[] = [];
    const options: ClientOptions = {
      retries: 100,
      timeoutMs: 60_000,
      async fetch(...request) {
        const response = await fetch(...request);
        statuses.push(response.status);
        return response;
      },
    };
    const client = await clientOf(world, options, { callTimeoutMs: 300 });
    const call = client.counter.get("x").ask.add();
    await until(() => statuses.length > 0);
    await world.add("a", { actors: [counter] });

    assert.equal(await call, 1);
    assert.equal(statuses[0], 503);
    assert.equal(statuses.at(-1), 200);
    await client.$close();
  });
});
