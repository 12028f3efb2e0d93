import { writeSync } from "node:fs";
import { createSystem, openSqliteStore, stopOnSignals } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { openChat } from "./chat-room.ts";

/*
 * A process with a gateway to rooms, for tests that stop it in several ways. Arguments: directory of the store, port.
 */

const [directory = "", port = "0"] = process.argv.slice(2);
const store = await openSqliteStore({ directory });
const system = createSystem({ store, logger: createLogger({ level: "silent" }) });
const gateway = await openChat(system, Number(port));
stopOnSignals(system);
writeSync(1, `${JSON.stringify({ port: gateway.port })}\n`);
