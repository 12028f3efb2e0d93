import { after } from "node:test";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { Durability } from "../../src/store/sqlite/database-file.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { DataFolder } from "../_support/data-folder.ts";
import { describeStore } from "./store.ts";

const folder = new DataFolder();
let opened = 0;

after(() => folder[Symbol.dispose]());

describeStore("in memory", async () => new MemoryStore());

for (const durability of Object.values(Durability)) {
  describeStore(`in SQLite, durable for the ${durability}`, () => {
    opened += 1;
    return SqliteStore.open({ directory: folder.file(`${opened}`), durability });
  });
}
