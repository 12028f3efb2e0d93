import { writeSync } from "node:fs";
import { createSystem, openSqliteStore } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { counter, KEYS } from "./keyed-counter.ts";

/*
 * A process with keyed actors, for tests that kill it. Argument: the directory of the store. Each reply is a line on
 * stdout, written before anything else happens.
 */

const [directory = ""] = process.argv.slice(2);
const store = await openSqliteStore({ directory });
const system = createSystem({
  actors: [counter],
  store,
  logger: createLogger({ level: "silent" }),
});
writeSync(1, `${JSON.stringify({ open: true })}\n`);

await Promise.all(
  KEYS.map(async (key) => {
    const ref = system.get(counter, key);
    for (let saves = 0; saves < 1_000 / KEYS.length; saves += 1) {
      const count = await ref.ask.add();
      writeSync(1, `${JSON.stringify({ key, count })}\n`);
    }
  }),
);
await system.shutdown();
