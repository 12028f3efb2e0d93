import { writeSync } from "node:fs";
import { createGateway, expose, unchecked } from "../../src/gateway.ts";
import {
  createSystem,
  defineKeyedActor,
  event,
  openSqliteStore,
  stopOnSignals,
} from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { expectBooks } from "../../src/testing.ts";
import { usedBytes } from "./used-memory.ts";

/*
 * A process with a gateway, with its default limits, to a room whose events are numbers. Arguments: directory of the
 * store, port. It tells its port and, when it has stopped in order, how the gateway was drained.
 */

function tell(fact: unknown): void {
  writeSync(1, `${JSON.stringify(fact)}\n`);
}

const crowd = defineKeyedActor("crowd", {
  state: () => ({ count: 0 }),
  events: { ticked: event<number>() },
  handlers: {
    tick(c) {
      c.state.count += 1;
      c.broadcast("ticked", c.state.count);
      return c.state.count;
    },
    count: (c) => c.state.count,
    echo: (_c, text: string) => text,
    used: () => usedBytes(),
    people: (c) => c.connections.size,
  },
});

const [directory = "", port = "0"] = process.argv.slice(2);
const store = await openSqliteStore({ directory });
const system = createSystem({
  store,
  logger: createLogger({ level: "silent" }),
  shutdownDeadlineMs: 120_000, // a machine that does other things takes longer than the default to close 5,000 sockets
});
const calls = { tick: [], count: [], echo: unchecked, used: [], people: [] } as const;
const gateway = await createGateway(system, {
  actors: [expose(crowd, { calls })],
  port: Number(port),
});
stopOnSignals({
  async shutdown() {
    await system.shutdown();
    expectBooks(system);
    tell({ drained: await gateway.close() });
  },
});
tell({ port: gateway.port });
