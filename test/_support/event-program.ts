import { writeSync } from "node:fs";
import type { EventFeed } from "../../src/activation/access/event-feed.ts";
import { accessOf } from "../../src/activation/access/system-access.ts";
import {
  createSystem,
  defineKeyedActor,
  event,
  type KeyedDefinition,
  openSqliteStore,
} from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { FakeGateway } from "./fake-gateway.ts";

/*
 * A process with an actor that publishes events, for tests that kill it. Arguments: the directory of the store, and what
 * a client has received last, as JSON. The client connects, which it tells; every event that it gets is a line on stdout,
 * written before anything else happens. Without a kill, the process ends in good order after 50 events.
 */

const EVENTS = 50;

const counter: KeyedDefinition<string, undefined, unknown> = defineKeyedActor("event_counter", {
  state: () => ({ count: 0 }),
  events: { counted: event<number>() },
  handlers: {
    add(c) {
      c.state.count += 1;
      c.broadcast("counted", c.state.count);
      return c.state.count;
    },
    count: (c) => c.state.count,
  },
});

function tell(fact: unknown): void {
  writeSync(1, `${JSON.stringify(fact)}\n`);
}

/** Tells of each event as soon as it is there. */
class TellingGateway extends FakeGateway {
  override advanced(feed: EventFeed): void {
    super.advanced(feed);
    for (const client of this.clients.values()) {
      tell({ event: client.bodies.at(-1), last: client.last });
    }
  }
}

const [directory = "", lastText = "null"] = process.argv.slice(2);
const store = await openSqliteStore({ directory });
const logger = createLogger({ level: "silent" });
const system = createSystem({ actors: [counter], store, logger });
const access = accessOf(system);
const address = access?.resolve(counter as never, ["one"]);
if (address === undefined) throw new Error("a system has its access");
const gateway = new TellingGateway(address, () => {
  return { create: true, deadlineMs: performance.now() + 60_000 };
});
const last = JSON.parse(lastText) ?? undefined;
const client = await gateway.connect({ events: ["counted"], last });
const stored = await gateway.ask(client, "count");
tell({ connected: client.gap?.reason ?? "continued", stored, last: client.last });

for (let told = 0; told < EVENTS; told += 1) {
  await gateway.ask(client, "add");
}
await system.shutdown();
