import { writeSync } from "node:fs";
import { z } from "zod";
import { createGateway, expose } from "../../src/gateway.ts";
import {
  type Connecting,
  createSystem,
  defineKeyedActor,
  event,
  openSqliteStore,
  stopOnSignals,
} from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";

/*
 * A process with a gateway for a page on another site. Arguments: directory of the store, port, site of the page.
 */

const room = defineKeyedActor("room", {
  state: () => ({ lines: [] as string[] }),
  events: { said: event<string>() },
  onBeforeConnect: (_c, { params }: Connecting<{ name: string }>) => params,
  handlers: {
    lines: (c) => c.state.lines,
    say(c, text: string) {
      c.state.lines.push(text);
      c.broadcast("said", text);
    },
  },
});
const exposed = expose(room, {
  calls: { lines: [], say: [z.string()] },
  params: z.object({ name: z.string() }),
});

const [directory = "", port = "0", site = ""] = process.argv.slice(2);
const store = await openSqliteStore({ directory });
const logger = createLogger({ level: "silent" });
const system = createSystem({ logger, actors: [room], store });
const options = { actors: [exposed], port: Number(port), allowedOrigins: [site] };
const gateway = await createGateway(system, options);
stopOnSignals(system);
writeSync(1, `${JSON.stringify({ port: gateway.port })}\n`);
