import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  createSystem,
  defineKeyedActor,
  type MonitoredSystem,
  openSqliteStore,
  queue,
} from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";

/* Fills a small disk, which is the argument, while keyed actors save; frees it, and opens the store again. */

const [disk = ""] = process.argv.slice(2);
const directory = join(disk, "data");
const filler = join(disk, "filler");

const box = defineKeyedActor("box", {
  state: () => ({ count: 0, text: "" }),
  queues: { jobs: queue<string>({}) },
  database: { migrations: [{ name: "001", sql: "CREATE TABLE item (text TEXT) STRICT" }] },
  handlers: {
    grow(c, bytes: number) {
      c.state.count += 1;
      c.state.text = "x".repeat(bytes);
      return c.state.count;
    },
    count: (c) => c.state.count,
    insert: async (c, text: string) =>
      (await c.db.run("INSERT INTO item VALUES (?)", [text])).changes,
    rows: async (c) => (await c.db.get<{ n: number }>("SELECT count(*) AS n FROM item"))?.n,
  },
});

function tell(fact: object): void {
  writeSync(1, `${JSON.stringify(fact)}\n`);
}

function codesOf(thrown: unknown): unknown[] {
  const { code, cause } = thrown as { code?: unknown; cause?: { code?: unknown } };
  return [code, String(cause?.code).startsWith("ERR_STORE") ? cause?.code : null];
}

async function start(): Promise<MonitoredSystem> {
  const logger = createLogger({ level: "silent" });
  return createSystem({ actors: [box], logger, store: await openSqliteStore({ directory }) });
}

/** Takes all space that is left. */
function fill(): void {
  const file = openSync(filler, "w");
  const block = Buffer.alloc(4_096, 1);
  try {
    for (;;) if (writeSync(file, block) === 0) break;
  } catch {
    // The disk is full.
  }
  closeSync(file);
}

const first = await start();
const one = first.get(box, "one");
let acknowledged = 0;
for (let round = 0; round < 5; round += 1) acknowledged = await one.ask.grow(20_000);
await one.ask.insert("first");
const { jobs } = first.get(box, "two").queue;
await jobs.send("first");
let sent = 1;
fill();

for (;;) {
  // Saves may still fit into space that the log has.
  try {
    acknowledged = await one.ask.grow(60_000);
  } catch (thrown) {
    tell({ refused: codesOf(thrown) });
    break;
  }
}
tell({ acknowledged });
tell({ readsWhileFull: await one.ask.count() });
for (let rows = 0; ; rows += 1) {
  try {
    await one.ask.insert("y".repeat(100_000));
  } catch (thrown) {
    tell({ sql: codesOf(thrown) });
    tell({ rows: rows + 1 });
    break;
  }
}
try {
  for (;;) {
    await jobs.send("z".repeat(50_000));
    sent += 1;
  }
} catch {
  tell({ sent });
}
await one.sleep();
tell({ readsAfterSleep: await one.ask.count() });
rmSync(filler);
const later = await one.ask.grow(60_000);
tell({ later });
await first.shutdown();

const second = await start();
tell({ afterReopening: await second.get(box, "one").ask.count() });
tell({ rowsAfterReopening: await second.get(box, "one").ask.rows() });
const { keys } = await second.keys(box);
tell({ queued: keys.find(({ key }) => key.join() === "two")?.queued });
await second.shutdown();
