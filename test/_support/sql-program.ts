import { OpenDatabase } from "../../src/activation/database/actor-database.ts";
import { SqlPool } from "../../src/activation/sql/sql-pool.ts";
import { SqlProcess } from "../../src/activation/sql/sql-process.ts";
import { systemClock } from "../../src/base/clock.ts";
import { ENDLESS } from "./sql-databases.ts";

/* A program with a database of an actor, for tests that look at processes. Tells facts, one JSON text a line. */

const [, , command = "", path = ""] = process.argv;

function tell(fact: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}

const pool = new SqlPool({
  clock: systemClock,
  open: () => {
    const worker = new SqlProcess();
    tell({ worker: worker.pid });
    return worker;
  },
});
const db = new OpenDatabase({
  clock: systemClock,
  pool,
  file: { path, create: true, maxBytes: 2 ** 30, durable: true },
  settings: {
    migrations: [{ name: "001", sql: "CREATE TABLE item (a BLOB NOT NULL) STRICT" }],
    statementTimeoutMs: 600_000,
    slowStatementMs: 1_000,
    maxBytes: 2 ** 30,
    traceSql: false,
  },
  observer: {
    watch: (sql) => ({
      began: () => sql === ENDLESS && tell({ began: true }),
      ended: () => {},
      failed: () => {},
    }),
  },
});
await db.migrate();

async function fill(): Promise<void> {
  let saved = 0;
  try {
    for (; ; saved += 1) await db.run("INSERT INTO item VALUES (zeroblob(20000))");
  } catch (error) {
    tell({ saved, code: (error as { code?: unknown }).code });
  }
  tell((await db.get<{ count: number }>("SELECT count(*) AS count FROM item")) ?? {});
}

switch (command) {
  case "idle":
    break;
  case "endless":
    await db.all(ENDLESS);
    break;
  case "exit":
    void db.all(ENDLESS);
    setImmediate(() => process.exit(7));
    break;
  case "fill":
    await fill();
    break;
  default:
    throw new Error(`unknown command: ${command}`);
}
