import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterError, ErrorCode } from "../../../src/base/errors.ts";
import { embedded } from "../../../src/cluster/embedded/embedded.ts";
import type { Engine } from "../../../src/cluster/engine/engine.ts";
import { createSystem, defineKeyedActor } from "../../../src/index.ts";
import { MemoryStore } from "../../../src/store.ts";
import { until } from "../../_support/actor-waiting.ts";
import { partsOf } from "../../_support/faulty-session.ts";
import { keepLines } from "../../_support/log-lines.ts";

const cart = defineKeyedActor("cart", {
  state: () => ({ items: 0 }),
  handlers: { add: (c) => (c.state.items += 1) },
});

/** An engine that can be opened, and does not tell which runners there are the first `times` times. */
function lateEngine(times: number): Engine {
  const inner = embedded({ store: new MemoryStore() });
  let left = times;
  return {
    name: inner.name,
    async open(parts) {
      const session = await inner.open(parts);
      const { runners } = session;
      return {
        ...partsOf(session),
        runners: {
          ...partsOf(runners),
          async watch(...args) {
            left -= 1;
            if (left < 0) return await runners.watch(...args);
            throw new ClusterError("no leader", { code: ErrorCode.EngineUnavailable });
          },
        },
      };
    },
  };
}

describe("a process whose engine can be opened, and does not answer at first", () => {
  it("asks again which runners there are, and joins", { timeout: 60_000 }, async () => {
    const { logger, written } = keepLines();
    const system = createSystem({ actors: [cart], logger, engine: lateEngine(2) });

    assert.equal(await system.get(cart, "alice").ask.add(), 1);

    const told = written.filter((line) => line.includes("cluster.engine.unreachable"));
    assert.ok(told.length > 0);
    assert.ok(!written.some((line) => line.includes("cluster.failed")));
    await system.shutdown();
  });

  it("can be shut down meanwhile", { timeout: 60_000 }, async () => {
    const { logger, written } = keepLines();
    const engine = lateEngine(Number.POSITIVE_INFINITY);
    const system = createSystem({ actors: [cart], logger, engine });
    const call = system.get(cart, "alice").ask.add();
    call.catch(() => {}); // checked below
    await until(() => written.some((line) => line.includes("cluster.engine.unreachable")));

    await system.shutdown();

    await assert.rejects(call, { code: "ERR_SYSTEM_STOPPED" });
    assert.ok(!written.some((line) => line.includes("cluster.failed")));
  });
});
