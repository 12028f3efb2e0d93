import { defineKeyedActor, type KeyedDefinition, queue } from "../../src/index.ts";

/** When the schedules of {@link whole} are due: never during a test, unless its clock is moved. */
export const LATER_MS: number = Date.UTC(2100, 0, 1);

/** What is stored of one actor, as it reads it. */
interface WholeParts {
  readonly state: number;
  readonly value: number | undefined;
  readonly rows: number;
  readonly schedules: number;
}

interface Handlers {
  add(c: never): Promise<number>;
  parts(c: never): Promise<WholeParts>;
  take(c: never): Promise<number | undefined>;
  spin(c: never): Promise<unknown>;
}

/** An actor that counts in everything that can be stored: state, value, database, schedules and a queue. */
export const whole: KeyedDefinition<"whole", undefined, Handlers> = defineKeyedActor("whole", {
  state: () => ({ count: 0 }),
  messages: {} as {
    add(): number;
    parts(): WholeParts;
    take(): number | undefined;
    spin(): unknown;
    fired(): void;
  },
  queues: { jobs: queue<number>({ maxDepth: 100_000 }) },
  database: {
    statementTimeoutMs: 600_000,
    migrations: [{ name: "001", sql: "CREATE TABLE item (n INTEGER PRIMARY KEY) STRICT" }],
  },
  handlers: {
    async add(c) {
      const count = c.state.count + 1;
      await c.db.run("INSERT OR IGNORE INTO item VALUES (?)", [count]);
      c.state.count = count;
      c.kv.put("count", count);
      c.schedule.at(LATER_MS, { id: `s${count % 5}` }).fired();
      c.queue.jobs.send(count);
      return count;
    },
    async parts(c) {
      const row = await c.db.get<{ n: number }>("SELECT count(*) AS n FROM item");
      const value = await c.kv.get<number>("count");
      const schedules = c.schedule.list().length;
      return { state: c.state.count, value, rows: row?.n ?? 0, schedules };
    },
    async take(c) {
      const message = await c.queue.jobs.next({ timeoutMs: 1 });
      message?.complete();
      return message?.body;
    },
    spin: (c) =>
      c.db.all(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
      ),
    fired(c) {
      c.state.count += 1_000;
    },
  },
}) as never;
