import { defineKeyedActor, type KeyedDefinition } from "../../src/index.ts";

interface Messages {
  add(c: never): Promise<number>;
  counts(c: never): Promise<{ state: number; db: number | undefined; kv: number | undefined }>;
}

/** A keyed actor that counts in its state, in its database and in a value, one after the other. */
export const ledger: KeyedDefinition<"ledger", undefined, Messages> = defineKeyedActor("ledger", {
  database: {
    migrations: [
      { name: "001-entry", sql: "CREATE TABLE entry (count INTEGER PRIMARY KEY) STRICT" },
    ],
  },
  state: () => ({ count: 0 }),
  handlers: {
    async add(c) {
      const count = c.state.count + 1;
      await c.db.transaction(async (tx) => {
        await tx.run("INSERT OR IGNORE INTO entry VALUES (?)", [count]);
        await tx.run("DELETE FROM entry WHERE count > ?", [count]);
      });
      c.state.count = count;
      c.kv.put("count", count);
      return count;
    },
    async counts(c) {
      const row = await c.db.get<{ count: number }>("SELECT count(*) AS count FROM entry");
      return { state: c.state.count, db: row?.count, kv: await c.kv.get<number>("count") };
    },
  },
});
