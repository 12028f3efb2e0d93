import { writeSync } from "node:fs";
import { createSystem, openSqliteStore } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { whole } from "./whole-actor.ts";

/*
 * A process with keyed actors that use everything that can be stored, for tests that kill it or fill its disk.
 * Arguments: what to do, and the directory. Each fact is a line on stdout.
 */

const [mode = "", directory = ""] = process.argv.slice(2);
const KEYS = ["a", "b", "c", "d"];

function tell(fact: object): void {
  writeSync(1, `${JSON.stringify(fact)}\n`);
}

function codesOf(thrown: unknown): { code: unknown; cause: unknown } {
  const { code, cause } = thrown as { code?: unknown; cause?: { code?: unknown } };
  return { code, cause: cause?.code };
}

const store = await openSqliteStore({ directory }).catch((thrown: unknown) => {
  tell(codesOf(thrown));
  process.exit(0);
});
const logger = createLogger({ level: "silent" });
const system = createSystem({ actors: [whole], store, logger });
tell({ open: true });

async function add(key: string): Promise<void> {
  tell({ key, count: await system.get(whole, key).ask.add() });
}

if (mode === "add") {
  await Promise.all(
    KEYS.map(async (key) => {
      for (;;) await add(key);
    }),
  );
} else {
  // "busy": a statement that does not end keeps an SQL worker working.
  tell({ pid: process.pid });
  await Promise.all([add("a"), add("b")]);
  void system.get(whole, "a").tell.spin();
  tell({ spinning: true });
  setInterval(() => {}, 60_000);
}
