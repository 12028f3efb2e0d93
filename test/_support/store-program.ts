import { closeSync, openSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { readMark } from "../../src/store/sqlite/revision-mark.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";

/*
 * A process with a store, for tests that kill it or take its disk away. Arguments: what to do, and the directory.
 * Every fact is a line on stdout, written before anything else happens.
 */

const [mode = "", directory = "", ...rest] = process.argv.slice(2);

function tell(fact: object): void {
  writeSync(1, `${JSON.stringify(fact)}\n`);
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown }).code);
}

/** Saves 1,000 times from 16 writers, each counting up in a key of its own and in a pair of keys. */
async function save(store: SqliteStore): Promise<void> {
  const writers = Array.from({ length: 16 }, async (_, writer) => {
    for (let count = 1; count <= 1_000 / 16; count += 1) {
      const value = Buffer.from(`${process.pid} ${count}`.padEnd(300, "."));
      const revision = await store.put(`k/${writer}`, value);
      tell({ key: `k/${writer}`, revision });
      const pair = await store.batch([
        { kind: "put", key: `pair/${writer}/a`, value },
        { kind: "put", key: `pair/${writer}/b`, value },
      ]);
      tell({ key: `pair/${writer}/a`, revision: pair.revision });
    }
  });
  await Promise.all(writers);
}

/** Writes until the disk is full, frees space by deleting, and writes again. */
async function fill(store: SqliteStore): Promise<void> {
  const value = new Uint8Array(20_000).fill(1);
  let saved = 0;
  for (;;) {
    try {
      await store.put(`k/${saved}`, value);
      saved += 1;
    } catch (error) {
      tell({ saved, code: codeOf(error) });
      break;
    }
  }
  const { keys } = await store.listKeys("k/", { limit: 1_000 });
  tell({ readable: keys.length });
}

/** Takes the space of the mark away while the log has room for further commits, and gives it back. */
async function fillMark(store: SqliteStore): Promise<void> {
  const mark = `${directory}/limelight.mark`;
  const filler = `${directory}/filler`;
  const large = new Uint8Array(2 * 1024 * 1024);
  for (let at = 0; at < 10; at += 1) await store.put("large", large); // so that the log begins anew
  truncateSync(mark);
  const file = openSync(filler, "w");
  try {
    for (;;) writeSync(file, Buffer.alloc(4_096, 1));
  } catch {
    closeSync(file); // the disk is full
  }
  const acknowledged = (await store.put("small", Buffer.from("one"))) > 0;
  await store.put("small", Buffer.from("two"));
  tell({ acknowledged, markBytes: statSync(mark).size });
  rmSync(filler);
  const revision = await store.put("small", Buffer.from("three"));
  tell({ acknowledged: true, isMarked: readMark(mark).revision === revision });
}

async function open(): Promise<SqliteStore | undefined> {
  try {
    return await SqliteStore.open({ directory });
  } catch (error) {
    tell({ code: codeOf(error), message: (error as Error).message });
    return undefined;
  }
}

const store = await open();
if (store !== undefined) {
  tell({ open: true });
  switch (mode) {
    case "save":
      await save(store);
      break;
    case "fill":
      await fill(store);
      break;
    case "fill-mark":
      await fillMark(store);
      break;
    case "hold":
      // Keeps the directory locked until the process is killed.
      setInterval(() => {}, 60_000);
      break;
    case "idle":
      // Ends although the store is open.
      await store.put("a", Buffer.from(rest.join(" ")));
      break;
  }
  if (mode === "fill") {
    await store.close().then(
      () => tell({ closed: true }),
      (error: unknown) => tell({ closed: false, code: codeOf(error) }),
    );
  }
}
