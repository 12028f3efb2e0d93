import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { Durability } from "../src/store/sqlite/database-file.ts";
import { SqliteStore } from "../src/store/sqlite/sqlite-store.ts";

/**
 * Durable saves of 1 KiB by many writers at once, beside a bare loop over `node:sqlite` that commits as many rows in
 * each transaction. Rounds alternate, so that both see the same disk and the same load.
 *
 * Goals: 20,000 saves a second by 128 writers, and a p99 of the event loop's delay of at most 10 ms.
 */

const QUICK = process.argv.includes("--quick");
const ROUND_MS = QUICK ? 300 : 3_000;
const ROUNDS = QUICK ? 1 : 5;
const VALUE = new Uint8Array(1_024).fill(7);
const WRITERS = [1, 16, 128, 1_000] as const;

interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Delay of the event loop. */
  readonly loopP99Ms: number;
}

const folder = mkdtempSync(join(tmpdir(), "limelight-bench-"));
let files = 0;

function nextFile(): string {
  files += 1;
  return join(folder, `${files}`);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((one, other) => one - other),
    0.5,
  );
}

/** Saves for one round, each writer to a key of its own, each save after the one before. */
async function saveInStore(writers: number, durability: Durability): Promise<Round> {
  const store = await SqliteStore.open({ directory: nextFile(), durability });
  const times: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedMs = performance.now();
  const save = async (_: unknown, writer: number): Promise<void> => {
    let beforeMs = performance.now();
    while (beforeMs - startedMs < ROUND_MS) {
      await store.put(`actor/${writer}/state`, VALUE);
      const nowMs = performance.now();
      times.push(nowMs - beforeMs);
      beforeMs = nowMs;
    }
  };
  await Promise.all(Array.from({ length: writers }, save));
  const seconds = (performance.now() - startedMs) / 1_000;
  delay.disable();
  await store.close();
  times.sort((one, other) => one - other);
  return {
    perSecond: times.length / seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    loopP99Ms: delay.percentile(99) / 1e6,
  };
}

/** Commits the same rows as fast as one thread can, with nothing around it. */
function saveBare(rows: number, durability: Durability): number {
  const database = new DatabaseSync(nextFile());
  database.exec(`
    PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 512;
    PRAGMA synchronous = ${durability === Durability.Machine ? "FULL" : "NORMAL"};
    CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  `);
  const put = database.prepare("INSERT OR REPLACE INTO entries VALUES (?, ?)");
  const keys = Array.from({ length: rows }, (_, at) => Buffer.from(`actor/${at}/state`));
  let saved = 0;
  const startedMs = performance.now();
  while (performance.now() - startedMs < ROUND_MS) {
    database.exec("BEGIN IMMEDIATE");
    for (const key of keys) put.run(key, VALUE);
    database.exec("COMMIT");
    saved += rows;
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  database.close();
  return saved / seconds;
}

async function compare(writers: number, durability: Durability): Promise<void> {
  const rounds: Round[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push(await saveInStore(writers, durability));
    bare.push(saveBare(writers, durability));
  }
  const of = (part: keyof Round): number => median(rounds.map((round) => round[part]));
  const ratio = median(rounds.map(({ perSecond }, at) => perSecond / (bare[at] ?? 1)));
  console.log(
    `${durability.padEnd(8)} ${String(writers).padStart(5)} writers: ` +
      `${of("perSecond").toFixed(0).padStart(6)} saves/s, p50 ${of("p50Ms").toFixed(1)} ms, ` +
      `p99 ${of("p99Ms").toFixed(1)} ms, event loop p99 ${of("loopP99Ms").toFixed(1)} ms; ` +
      `bare loop ${median(bare).toFixed(0)}/s, ratio ${ratio.toFixed(2)}`,
  );
}

/** Reads of a store that holds 10,000 entries. */
async function read(): Promise<void> {
  const store = await SqliteStore.open({ directory: nextFile(), durability: Durability.Process });
  const count = 10_000;
  for (let from = 0; from < count; from += 1_000) {
    await store.batch(
      Array.from({ length: 1_000 }, (_, at) => ({
        kind: "put",
        key: `actor/${from + at}/state`,
        value: VALUE,
      })),
    );
  }
  const timed = async (what: string, task: (at: number) => Promise<unknown>): Promise<void> => {
    const startedMs = performance.now();
    let calls = 0;
    for (; performance.now() - startedMs < ROUND_MS; calls += 1)
      await task((calls * 7_919) % count);
    const each = ((performance.now() - startedMs) * 1_000) / calls;
    console.log(`${what.padEnd(32)} ${each.toFixed(1)} µs`);
  };
  await timed("get", (at) => store.get(`actor/${at}/state`));
  await timed("load of one actor by prefix", (at) => store.load({ prefixes: [`actor/${at}/`] }));
  await timed("page of 100 keys", () => store.listKeys("actor/"));
  await store.close();
}

try {
  console.log(
    `Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}, median of ${ROUNDS} rounds`,
  );
  for (const writers of WRITERS) await compare(writers, Durability.Machine);
  await compare(128, Durability.Process);
  await read();
  console.log(`load at the end ${loadavg()[0]?.toFixed(1)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
