import assert from "node:assert/strict";
import { it } from "node:test";
import { type KeyValue, type KeyValuePage, NO_ENTRY } from "../../src/cluster/engine/key-value.ts";
import {
  bytes,
  engineError,
  freshToken,
  rejectsInTime,
  textOf,
  type World,
} from "./engine-world.ts";

const CONFLICT = engineError("ERR_ENGINE_CONFLICT");
const RACERS = 20;

const INVALID_KEYS: Readonly<Record<string, string>> = {
  empty: "",
  "with an empty token": "a..b",
  "with a dot at the end": "a.",
  "with a dot at the beginning": ".a",
  "with a space": "a b",
  "with a wildcard": "a.*",
  "with the wildcard of the rest": "a.>",
  "with a line break": "a\r\nPUB x 0",
  "with a letter that is not ASCII": "ä",
};

async function textAt(keyValue: KeyValue, key: string): Promise<string | undefined> {
  const entry = await keyValue.read(key);
  return entry && textOf(entry.value);
}

/** How many of `attempts` have succeeded; the others must have lost a race. */
async function winnersOf(attempts: readonly Promise<number>[]): Promise<number> {
  let winners = 0;
  for (const outcome of await Promise.allSettled(attempts)) {
    if (outcome.status === "fulfilled") winners += 1;
    else assert.equal(outcome.reason.code, "ERR_ENGINE_CONFLICT");
  }
  return winners;
}

/** What every engine must do with values under keys. */
export function describeKeyValue(world: World): void {
  const placements = (): KeyValue => world().one.placements;
  const others = (): KeyValue => world().other.placements;

  describeValues(world, placements, others);
  describeConditions(placements, others);
  describeRemovals(placements, others);
  describeLists(placements);
}

function describeValues(world: World, placements: () => KeyValue, others: () => KeyValue): void {
  it("returns what was put, with its revision", async () => {
    const key = `${freshToken()}.k_=2D-1`;
    assert.equal(await placements().read(key), undefined);
    const value = Uint8Array.from([0, 255, 13, 10, 128]);

    const revision = await placements().put(key, value);

    const entry = await others().read(key);
    assert.deepEqual(entry && { ...entry, value: [...entry.value] }, {
      key,
      value: [...value],
      revision,
    });
  });

  it("keeps an empty value", async () => {
    const key = freshToken();

    await placements().put(key, new Uint8Array());

    assert.equal((await others().read(key))?.value.length, 0);
  });

  it("gives each write a higher revision, and reads the last one", async () => {
    const key = freshToken();

    const revisions = [
      await placements().put(key, bytes("1")),
      await others().put(key, bytes("2")),
      await placements().put(key, bytes("3")),
    ];

    assert.deepEqual(
      revisions,
      [...new Set(revisions)].sort((a, b) => a - b),
    );
    assert.equal(await textAt(others(), key), "3");
  });

  it("refuses a value that is too large, and keeps the one before", async () => {
    const key = freshToken();
    await placements().put(key, bytes("small"));
    const large = new Uint8Array(world().one.capabilities.maxMessageBytes + 1);

    await rejectsInTime(world(), placements().put(key, large), "ERR_ENGINE_TOO_LARGE");

    assert.equal(await textAt(placements(), key), "small");
  });

  for (const [what, key] of Object.entries(INVALID_KEYS)) {
    it(`refuses a key ${what}`, async () => {
      const invalid = { name: "UsageError", code: "ERR_INVALID_KEY" };

      await assert.rejects(placements().put(key, bytes("x")), invalid);
      await assert.rejects(placements().read(key), invalid);
      await assert.rejects(placements().remove(key), invalid);
      if (key !== "") await assert.rejects(placements().list(key), invalid);
    });
  }
}

function describeConditions(placements: () => KeyValue, others: () => KeyValue): void {
  it("writes on the expected revision only", async () => {
    const key = freshToken();
    const first = await placements().put(key, bytes("1"));
    const second = await placements().put(key, bytes("2"), { expectedRevision: first });

    await assert.rejects(others().put(key, bytes("3"), { expectedRevision: first }), CONFLICT);

    const entry = await placements().read(key);
    assert.equal(entry?.revision, second);
    assert.equal(textOf(entry.value), "2");
  });

  it("creates a key once only", async () => {
    const key = freshToken();
    const create = { expectedRevision: NO_ENTRY };
    await placements().put(key, bytes("1"), create);

    await assert.rejects(others().put(key, bytes("2"), create), CONFLICT);

    assert.equal(await textAt(placements(), key), "1");
  });

  it("does not write a key that is not there if a revision is expected", async () => {
    const key = freshToken();
    const revision = await placements().put(`${key}.other`, bytes("x"));

    await assert.rejects(
      placements().put(`${key}.missing`, bytes("1"), { expectedRevision: revision }),
      CONFLICT,
    );

    assert.equal(await placements().read(`${key}.missing`), undefined);
  });

  it("lets one of many writers of the same revision win", async () => {
    const key = freshToken();
    const revision = await placements().put(key, bytes("0"));
    const attempts = Array.from({ length: RACERS }, (_, at) =>
      (at % 2 === 0 ? placements() : others()).put(key, bytes(`${at}`), {
        expectedRevision: revision,
      }),
    );

    assert.equal(await winnersOf(attempts), 1);
  });

  it("lets one of many creators win", async () => {
    const key = freshToken();
    const attempts = Array.from({ length: RACERS }, (_, at) =>
      (at % 2 === 0 ? placements() : others()).put(key, bytes(`${at}`), {
        expectedRevision: NO_ENTRY,
      }),
    );

    assert.equal(await winnersOf(attempts), 1);
  });

  it("loses no increment of concurrent writers that read again after a conflict", async () => {
    const key = freshToken();
    await placements().put(key, bytes("0"));
    const increment = async (keyValue: KeyValue): Promise<void> => {
      for (;;) {
        const entry = await keyValue.read(key);
        assert.ok(entry);
        const next = bytes(`${Number(textOf(entry.value)) + 1}`);
        try {
          await keyValue.put(key, next, { expectedRevision: entry.revision });
          return;
        } catch (error) {
          assert.equal((error as { code?: string }).code, "ERR_ENGINE_CONFLICT");
        }
      }
    };

    await Promise.all([placements(), others(), placements(), others()].map(increment));

    assert.equal(await textAt(placements(), key), "4");
  });
}

function describeRemovals(placements: () => KeyValue, others: () => KeyValue): void {
  it("removes a key, which can be created again with a higher revision", async () => {
    const key = freshToken();
    const before = await placements().put(key, bytes("1"));

    await others().remove(key);

    assert.equal(await placements().read(key), undefined);
    const again = await placements().put(key, bytes("2"), { expectedRevision: NO_ENTRY });
    assert.ok(again > before);
    await assert.rejects(others().put(key, bytes("3"), { expectedRevision: before }), CONFLICT);
    assert.equal(await textAt(others(), key), "2");
  });

  it("removes on the expected revision only", async () => {
    const key = freshToken();
    const first = await placements().put(key, bytes("1"));
    const second = await placements().put(key, bytes("2"));

    await assert.rejects(others().remove(key, { expectedRevision: first }), CONFLICT);

    assert.equal(await textAt(placements(), key), "2");
    await others().remove(key, { expectedRevision: second });
    assert.equal(await placements().read(key), undefined);
    await assert.rejects(placements().remove(key, { expectedRevision: second }), CONFLICT);
  });

  it("resolves if the key to remove is not there", async () => {
    const key = freshToken();
    await placements().remove(key);
    await placements().put(key, bytes("1"));
    await placements().remove(key);

    await placements().remove(key);

    assert.equal(await placements().read(key), undefined);
  });
}

function describeLists(placements: () => KeyValue): void {
  it("lists the keys that start with the tokens of a prefix, sorted", async () => {
    const token = freshToken();
    const wanted = [`${token}.B`, `${token}.a`, `${token}.a.deep`, `${token}.z_=2E-`];
    for (const key of [...wanted].reverse()) await placements().put(key, bytes(key));
    await placements().put(`${token}x.a`, bytes("another token"));
    await placements().put(`${token}.removed`, bytes("gone"));
    await placements().remove(`${token}.removed`);

    const entries = await placements().list(token);

    assert.deepEqual(
      entries.map(({ key, value }) => [key, textOf(value)]),
      wanted.sort().map((key) => [key, key]),
    );
    assert.deepEqual(await placements().list(`${token}.nothing`), []);
    const all = new Set((await placements().list("")).map(({ key }) => key));
    assert.ok([...wanted, `${token}x.a`].every((key) => all.has(key)));
  });

  it("lists a page of keys, without those that were removed", async () => {
    const token = freshToken();
    for (const name of ["a", "b", "c", "d", "e"]) {
      await placements().put(`${token}.${name}`, bytes(name));
    }
    await placements().remove(`${token}.b`);
    const page = async (options: KeyValuePage): Promise<string> =>
      (await placements().list(token, options)).map(({ value }) => textOf(value)).join("");

    assert.equal(await page({ limit: 2 }), "ac");
    assert.equal(await page({ after: `${token}.c`, limit: 5 }), "de");
    assert.equal(await page({ after: `${token}.bb`, limit: 1 }), "c");
    assert.equal(await page({ after: `${token}.b` }), "cde");
    assert.equal(await page({ after: `${token}.e`, limit: 1 }), "");
    assert.equal(await page({}), "acde");
  });

  it("lists hundreds of keys with their revisions", async () => {
    const token = freshToken();
    const keys = Array.from({ length: 300 }, (_, at) => `${token}.${at}`);
    const revisions = new Map<string, number>();
    await Promise.all(
      keys.map(async (key) => {
        revisions.set(key, await placements().put(key, bytes(key)));
      }),
    );

    const entries = await placements().list(token);

    assert.equal(entries.length, keys.length);
    for (const { key, revision } of entries) assert.equal(revision, revisions.get(key));
  });
}
