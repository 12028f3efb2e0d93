import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  createSystem,
  defineKeyedActor,
  LimelightError,
  type MonitoredSystem,
  openSqliteStore,
} from "../../../src/index.ts";
import { sqlite } from "../../../src/store/sqlite/load-sqlite.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { DataFolder } from "../../_support/data-folder.ts";

const FLIPS = 20;
const KEYS = Array.from({ length: 8 }, (_, at) => `key-${at}`);

const note = defineKeyedActor("note", {
  state: () => ({ count: 0 }),
  messages: {} as { fill(count: number): void; read(): unknown[]; later(): void },
  handlers: {
    fill(c, count) {
      c.state.count = count;
      c.kv.put("count", count);
      c.schedule.at(Date.UTC(2100, 0, 1), { id: "one" }).later();
    },
    read: async (c) => [c.state.count, await c.kv.get("count"), c.schedule.list().length],
    later() {},
  },
});

async function open(directory: string): Promise<MonitoredSystem> {
  const { systemOptions } = inMemoryTelemetry();
  const store = await openSqliteStore({ directory });
  return createSystem({ ...systemOptions, actors: [note], store });
}

async function close(system: MonitoredSystem): Promise<void> {
  await system.shutdown();
  expectBooks(system);
}

async function create(directory: string): Promise<void> {
  const system = await open(directory);
  for (const [at, key] of KEYS.entries()) await system.get(note, key).ask.fill(at + 1);
  await close(system);
}

function codeOf(thrown: unknown): string {
  assert.ok(LimelightError.is(thrown), String(thrown));
  const { code, cause } = thrown;
  return LimelightError.is(cause) ? `${code} ${cause.code}` : code;
}

/** What each key answers, or the code of its error; one code if the store is not opened. */
async function readAll(directory: string): Promise<string | Map<string, unknown>> {
  let system: MonitoredSystem;
  try {
    system = await open(directory);
  } catch (thrown) {
    return codeOf(thrown);
  }
  const answers = new Map<string, unknown>();
  for (const key of KEYS) {
    answers.set(key, await system.get(note, key).ask.read().catch(codeOf));
  }
  await close(system);
  return answers;
}

/** Flips a bit within the key of the entry that is named. */
function damageKey(directory: string, key: string): void {
  const file = `${directory}/limelight.db`;
  const bytes = readFileSync(file);
  let found = 0;
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) {
    found += 1;
    const last = at + key.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 0x40;
  }
  assert.ok(found > 0, key);
  writeFileSync(file, bytes);
}

/** Asserts that keys answer what was stored, or with the code of a damaged store. Returns the number of answers. */
function countAnswers(answers: Awaited<ReturnType<typeof readAll>>, what: string): number {
  if (typeof answers === "string") {
    assert.match(answers, /^ERR_STORE_(CORRUPT|NEWER_FORMAT)$/, what);
    return 0;
  }
  let count = 0;
  for (const [at, key] of KEYS.entries()) {
    const answer = answers.get(key);
    if (typeof answer === "string") {
      assert.match(answer, /ERR_STORE_CORRUPT/, what);
    } else {
      assert.deepEqual(answer, [at + 1, at + 1, 1], `${key}, ${what}`);
      count += 1;
    }
  }
  return count;
}

describe("keyed actors whose store is damaged between two runs", () => {
  it(`answer as before or with a code, after a bit has flipped at ${FLIPS} offsets`, async () => {
    using folder = new DataFolder();
    await create(folder.file("original"));
    const file = readFileSync(folder.file("original/limelight.db"));
    const used = [...file.keys()].filter((at) => file[at] !== 0); // most of the file is empty
    let answered = 0;
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const offset = used[Math.floor((used.length * (flip + 0.5)) / FLIPS)] ?? 0;
      const directory = folder.file(`flip-${flip}`);
      cpSync(folder.file("original"), directory, { recursive: true });
      const damaged = Buffer.from(file);
      damaged[offset] = (damaged[offset] ?? 0) ^ (1 << (flip % 8));
      writeFileSync(`${directory}/limelight.db`, damaged);

      const answers = await readAll(directory);

      answered += countAnswers(answers, `offset ${offset}`);
    }
    assert.ok(answered > (FLIPS * KEYS.length) / 2, `${answered} answers`);
  });

  for (const record of ["m/note/key-4", "s/note/key-4", "t/note/key-4/one", "v/note/key-4/count"]) {
    it(`do not begin anew where the key of ${record} has changed, and can be removed`, async () => {
      using folder = new DataFolder();
      const directory = folder.file("data");
      await create(directory);
      damageKey(directory, record);

      const answers = await readAll(directory);

      assert.ok(answers instanceof Map);
      assert.match(String(answers.get("key-4")), /ERR_STORE_CORRUPT/);
      const others = [...answers].filter(([, answer]) => typeof answer === "string");
      assert.ok(others.length < KEYS.length, JSON.stringify(others)); // those behind it may not be found either
      const system = await open(directory);
      assert.equal(await system.destroy(note, "key-4"), true);
      await close(system);
    });
  }

  it("are not opened when the file is truncated, replaced or of a newer format, and not changed", async () => {
    using folder = new DataFolder();
    await create(folder.file("original"));
    const { size } = statSync(folder.file("original/limelight.db"));
    const faults: Record<string, [damage: (file: string) => void, code: string]> = {
      "truncated to half": [(file) => truncateSync(file, size / 2), "ERR_STORE_CORRUPT"],
      "truncated to nothing": [(file) => truncateSync(file, 0), "ERR_STORE_CORRUPT"],
      "replaced with garbage": [
        (file) => writeFileSync(file, "garbage ".repeat(5_000)),
        "ERR_STORE_CORRUPT",
      ],
      "of a newer format": [
        (file) => {
          const database = new (sqlite().DatabaseSync)(file);
          database.exec("PRAGMA user_version = 99");
          database.close();
        },
        "ERR_STORE_NEWER_FORMAT",
      ],
    };
    for (const [what, [damage, code]] of Object.entries(faults)) {
      const directory = folder.file("damaged");
      rmSync(directory, { recursive: true, force: true });
      cpSync(folder.file("original"), directory, { recursive: true });
      damage(`${directory}/limelight.db`);
      const before = readFileSync(`${directory}/limelight.db`);

      const answers = await readAll(directory);

      countAnswers(answers, what);
      if (what === "truncated to half") continue; // keys on the pages that are left may answer
      assert.equal(answers, code, what);
      assert.deepEqual(readFileSync(`${directory}/limelight.db`), before, what);
    }
  });
});
