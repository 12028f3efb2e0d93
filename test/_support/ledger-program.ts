import { writeSync } from "node:fs";
import { createSystem } from "../../src/index.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { createLogger } from "../../src/telemetry.ts";
import { ledger } from "./ledger-actor.ts";

/* A process with keyed actors that have databases, for tests that kill it. Tells each count that was acknowledged. */

const [, , directory = "", first = "0"] = process.argv;
const KEYS = 8;
const store = await SqliteStore.open({ directory });
const system = createSystem({ store, logger: createLogger({ level: "silent" }) });

for (let round = Number(first); ; round += 1) {
  // New actors in every round, so that a kill meets actors that are being created.
  const keys = Array.from({ length: KEYS }, (_, at) => `${at % 4 === 0 ? round : "old"}-${at}`);
  await Promise.all(
    keys.map(async (key) => {
      const count = await system.get(ledger, key).ask.add();
      writeSync(1, `${JSON.stringify({ key, count })}\n`);
    }),
  );
}
