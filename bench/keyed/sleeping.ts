import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { encodeMeta } from "../../src/activation/records/meta-record.ts";
import { metaKey, ownerOf } from "../../src/activation/records/record-keys.ts";
import { Durability } from "../../src/store/sqlite/database-file.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { counter } from "./counter.ts";
import { type Finding, inFolder, openSystem, QUICK, quantile, usedBytes } from "./shared.ts";

/* What actors cost while they sleep in a file: memory of those that were awake, and time to list their keys. */

const ASLEEP = QUICK ? 2_000 : 100_000;
const STORED = QUICK ? 10_000 : 1_000_000;
const AT_ONCE = 1_000;
const PAGE = 1_000;
const GOAL_BYTES = 200;
const GOAL_SLOWER = 2;

async function openStore(directory: string): Promise<SqliteStore> {
  return await SqliteStore.open({ directory, durability: Durability.Process });
}

/** Bytes for each of the actors that were awake once and sleep now, with and without refs to them. */
async function bytesAsleep(directory: string): Promise<{ kept: number; dropped: number }> {
  const system = openSystem({ store: await openStore(directory) });
  const refs = new Array<unknown>(ASLEEP).fill(undefined);
  const wake = async (at: number): Promise<void> => {
    const actor = system.get(counter, `key-${String(at).padStart(7, "0")}`);
    await actor.ask.add(1);
    await actor.sleep();
    refs[at % ASLEEP] = actor;
  };
  const wakeMany = async (from: number, count: number): Promise<void> => {
    for (let at = from; at < from + count; at += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, offset) => wake(at + offset)));
    }
  };
  await wakeMany(ASLEEP, 2 * AT_ONCE); // what is allocated once
  refs.fill(undefined);
  const before = usedBytes();
  await wakeMany(0, ASLEEP);
  const kept = (usedBytes() - before) / ASLEEP;
  refs.fill(undefined);
  const dropped = (usedBytes() - before) / ASLEEP;
  await system.shutdown();
  return { kept, dropped };
}

/** Stores the records of actors that have never been awake in this process. */
async function store(directory: string): Promise<void> {
  const entries = await openStore(directory);
  const value = encodeMeta({
    generation: 1,
    version: 1,
    createdAtMs: 1,
    usedAtMs: 1,
    stateBytes: 11,
    schedules: 0,
    queued: 0,
    incarnation: "V1StGXR8_Z5jdHi6",
    sequence: 0,
  });
  const batch = 5_000;
  for (let from = 0; from < STORED; from += batch) {
    await entries.batch(
      Array.from({ length: batch }, (_, at) => ({
        kind: "put",
        key: metaKey(ownerOf("counter", `key-${String(from + at).padStart(7, "0")}`)),
        value,
      })),
    );
  }
  await entries.close();
}

async function listAll(
  directory: string,
): Promise<{ pageMs: number[]; keys: number; heapMiB: number }> {
  const system = openSystem({ store: await openStore(directory), actors: [counter] });
  const pageMs: number[] = [];
  let keys = 0;
  let cursor: string | undefined;
  const before = usedBytes();
  let heapMiB = 0;
  do {
    const startedMs = performance.now();
    const page = await system.keys(counter, { limit: PAGE, ...(cursor && { cursor }) });
    pageMs.push(performance.now() - startedMs);
    keys += page.keys.length;
    cursor = page.cursor;
    if (pageMs.length % 100 === 0) heapMiB = Math.max(heapMiB, (usedBytes() - before) / 2 ** 20);
  } while (cursor !== undefined);
  const { active } = system.books();
  await system.shutdown();
  if (keys !== STORED || active > 0) throw new Error(`${keys} keys listed, ${active} actors awake`);
  return { pageMs, keys, heapMiB };
}

export async function measureSleeping(): Promise<readonly Finding[]> {
  const { kept, dropped } = await inFolder((folder) => bytesAsleep(join(folder, "asleep")));
  const { pageMs, keys, heapMiB } = await inFolder(async (folder) => {
    const directory = join(folder, "stored");
    await store(directory);
    return await listAll(directory);
  });
  const size = Math.ceil(pageMs.length / 3);
  const thirds = [0, 1, 2].map((at) => quantile(pageMs.slice(at * size, (at + 1) * size), 0.5));
  const bytes = (value: number): string => `${Math.max(0, value).toFixed(0)} bytes`;
  return [
    {
      what: `a sleeping actor, of ${ASLEEP}, refs dropped`,
      measured: bytes(dropped),
      goal: `at most ${GOAL_BYTES} bytes`,
      reached: dropped <= GOAL_BYTES,
    },
    {
      what: "the same, with its ref",
      measured: bytes(kept),
      goal: "none",
      reached: true,
    },
    {
      what: `a page of ${PAGE} of ${keys} keys in SQLite`,
      measured:
        `p50 ${thirds.map((ms) => ms.toFixed(1)).join(", ")} ms at the beginning, in the middle and at the end, ` +
        `p99 ${quantile(pageMs, 0.99).toFixed(1)} ms; heap at most ${heapMiB.toFixed(1)} MiB more`,
      goal: `no actor woken; the slowest third at most ${GOAL_SLOWER} times the fastest; heap at most 8 MiB more`,
      reached: heapMiB <= 8 && Math.max(...thirds) <= GOAL_SLOWER * Math.min(...thirds),
    },
  ];
}
