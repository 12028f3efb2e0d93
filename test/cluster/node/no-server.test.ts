import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nats } from "../../../src/cluster.ts";
import { createSystem, defineKeyedActor } from "../../../src/index.ts";
import { keepLines } from "../../_support/log-lines.ts";
import { freePort } from "../../_support/stack-program.ts";

const cart = defineKeyedActor("cart", {
  state: () => ({ items: 0 }),
  handlers: { add: (c) => (c.state.items += 1) },
});

describe("a program whose NATS server does not run", () => {
  it("is told so by a log line and by the error of a call, long before the engine gives up", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { logger, written } = keepLines();
    const system = createSystem({
      actors: [cart],
      logger,
      engine: nats({ servers: `nats://${address}` }),
    });

    await assert.rejects(system.get(cart, "alice").with({ timeoutMs: 500 }).ask.add(), {
      code: "ERR_NO_RUNNER",
      message:
        "no runner could take add of cart in time: this process has not reached the engine of its cluster yet",
    });

    const lines = written.map((line) => JSON.parse(line) as Record<string, unknown>);
    const line = lines.find(({ event }) => event === "cluster.engine.fault");
    assert.equal(line?.["fault"], "not_connected");
    assert.match(JSON.stringify(line), new RegExp(`cannot connect to NATS at ${address}`));
    await system.shutdown();
  });
});
