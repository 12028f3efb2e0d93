import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  Claim,
  type ClaimedActor,
  claimRecords,
  withdrawal,
} from "../../../src/activation/placement/claim.ts";
import { decodeMeta, encodeMeta } from "../../../src/activation/records/meta-record.ts";
import { birthKey, metaKey } from "../../../src/activation/records/record-keys.ts";
import { ABSENT, type Store, WriteKind } from "../../../src/store/contract/store.ts";
import { codeOf } from "../../_support/actor-waiting.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { NatsWorld } from "../../_support/nats-world.ts";

const OWNER = { type: "cart", keyText: "alice" };
const REQUEST = { keys: [metaKey(OWNER)] };
const NOTHING_STORED = {
  version: 1,
  createdAtMs: 1,
  usedAtMs: 1,
  stateBytes: 0,
  schedules: 0,
  queued: 0,
  incarnation: "first",
  sequence: 0,
};

function claimed(store: Store): ClaimedActor {
  const expireAfterMs = Number.POSITIVE_INFINITY;
  return { owner: OWNER, store, mustExist: false, expireAfterMs, now: () => 2 };
}

/** The first commit of a new actor. */
async function create(store: Store, { generation, birthRevision = 0 }: Claim): Promise<void> {
  const value = encodeMeta({ ...NOTHING_STORED, generation });
  await store.batch([
    { kind: WriteKind.Put, key: metaKey(OWNER), value, expectedRevision: ABSENT },
    withdrawal(OWNER, birthRevision),
  ]);
}

describe("claims in NATS", () => {
  let server: NatsServer;
  before(async () => {
    server = await NatsServer.start({});
  });
  after(() => server[Symbol.asyncDispose]());

  it("let the later of two creators store the actor, and list nothing before it has", async () => {
    await using world = await NatsWorld.open(server);
    const { store } = world;
    const [first, second] = [new Claim(1), new Claim(2)];
    await claimRecords(first, claimed(store), REQUEST);
    await claimRecords(second, claimed(store), REQUEST);
    assert.deepEqual((await store.listKeys("m/")).keys, []);
    assert.deepEqual((await store.listKeys("n/")).keys, [birthKey(OWNER)]);

    assert.equal(await codeOf(create(store, first)), "ERR_STORE_CONFLICT");
    await create(store, second);

    assert.deepEqual((await store.listKeys("m/")).keys, [metaKey(OWNER)]);
    assert.deepEqual((await store.listKeys("n/")).keys, []);
    const late = new Claim(2);
    await claimRecords(late, claimed(store), REQUEST);
    assert.deepEqual([late.isHeld, late.storedGeneration], [false, 2]);
  });

  it("take the record of an actor that exists", async () => {
    await using world = await NatsWorld.open(server);
    const { store } = world;
    const first = new Claim(1);
    await claimRecords(first, claimed(store), REQUEST);
    await create(store, first);

    const { loaded, former } = await claimRecords(new Claim(5), claimed(store), REQUEST);

    const stored = await store.get(metaKey(OWNER));
    assert.ok(stored !== undefined);
    assert.equal(decodeMeta(stored.key, stored.value).generation, 5);
    assert.equal(former?.generation, 1);
    assert.equal(loaded.entries[0]?.revision, stored.revision);
  });

  it("leave nothing when they are given back", async () => {
    await using world = await NatsWorld.open(server);
    const { store } = world;
    const claim = new Claim(1);
    await claimRecords(claim, claimed(store), REQUEST);

    await store.batch([withdrawal(OWNER, claim.birthRevision ?? 0)]);

    assert.deepEqual((await store.listKeys("")).keys, []);
  });
});
