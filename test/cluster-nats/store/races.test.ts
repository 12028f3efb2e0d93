import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { writeOutcome } from "../../../src/store/contract/outcomes.ts";
import { ABSENT, WriteKind } from "../../../src/store/contract/store.ts";
import { StackVersion } from "../../../tools/stack/versions.ts";
import { NatsCluster, NatsServer } from "../../_support/nats-server.ts";
import { freshNamespace, NatsWorld } from "../../_support/nats-world.ts";

const WRITERS = 6;
const ROUNDS = 200;
const META = "m/cart/alice";
const STATE = "s/cart/alice";
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const shown = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString();

interface Race {
  readonly wins: number;
  readonly refused: number;
}

/** Has all writers write the same revision, round after round; some rounds remove the actor, the next creates it. */
async function race(
  worlds: readonly NatsWorld[],
  rounds: number,
  begun: (round: number) => void = () => {},
): Promise<Race> {
  const [first] = worlds as [NatsWorld, ...NatsWorld[]];
  let [wins, refused, revision] = [0, 0, ABSENT];
  for (let round = 0; round < rounds; round += 1) {
    const isRemoval = round % 10 === 9;
    const writes = worlds.map(async ({ store }, writer) => {
      const expectedRevision = revision;
      const value = text(`${round}/${writer}`);
      const batch = isRemoval
        ? ([
            { kind: WriteKind.Delete, key: META, expectedRevision },
            { kind: WriteKind.Delete, key: STATE },
          ] as const)
        : ([
            { kind: WriteKind.Put, key: META, value, expectedRevision },
            { kind: WriteKind.Put, key: STATE, value },
          ] as const);
      return { writer, revision: (await store.batch(batch)).revision };
    });
    begun(round);
    const ends = await Promise.allSettled(writes);
    const won = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
    for (const end of ends) {
      if (end.status === "fulfilled") continue;
      assert.equal((end.reason as { code?: string }).code, "ERR_STORE_CONFLICT");
      assert.equal(writeOutcome(end.reason), "rejected");
      refused += 1;
    }
    assert.equal(won.length, 1, `round ${round} has ${won.length} winners`);
    wins += won.length;
    const { entries } = await first.store.load({ keys: [META, STATE] });
    const [winner] = won;
    const expected = isRemoval ? [] : Array(2).fill(`${round}/${winner?.writer}`);
    assert.deepEqual(
      entries.map(({ value }) => shown(value)),
      expected,
    );
    const next = isRemoval ? ABSENT : (winner?.revision ?? 0);
    assert.ok(next === ABSENT || next > revision, "revisions increase");
    revision = next;
  }
  return { wins, refused };
}

async function openAll(
  server: { readonly address: string | readonly string[] },
  namespace: string = freshNamespace(),
  replicas: number = 1,
): Promise<NatsWorld[]> {
  const worlds: NatsWorld[] = [];
  while (worlds.length < WRITERS) {
    worlds.push(await NatsWorld.open(server, { namespace, replicas }));
  }
  return worlds;
}

async function closeAll(worlds: readonly NatsWorld[]): Promise<void> {
  await Promise.all(worlds.map((world) => world[Symbol.asyncDispose]()));
}

describe("processes that write the same actor at the same time", () => {
  for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
    it(`have one winner in each round, on NATS ${version}`, async () => {
      await using server = await NatsServer.start({ version });
      const worlds = await openAll(server);

      const { wins, refused } = await race(worlds, ROUNDS);

      assert.deepEqual([wins, refused], [ROUNDS, ROUNDS * (WRITERS - 1)]);
      await closeAll(worlds);
    });
  }

  it("have one winner in each round on three servers, also when the records have another leader", async () => {
    await using cluster = await NatsCluster.start();
    const namespace = freshNamespace();
    const worlds = await openAll({ address: cluster.addresses }, namespace, 3);
    const [first] = worlds as [NatsWorld];
    let moves = 0;
    const move = (round: number): void => {
      if (round % 10 !== 5) return;
      moves += 1;
      const subject = `$JS.API.STREAM.LEADER.STEPDOWN.LL_${namespace}_RECORDS`;
      void first.connection.request(subject, "", { timeout: 5_000 });
    };

    const { wins } = await race(worlds, ROUNDS / 4, move);

    assert.equal(wins, ROUNDS / 4);
    assert.ok(moves > 0);
    await closeAll(worlds);
  });

  it("lose no update without conditions: each is applied to what is there", async () => {
    await using server = await NatsServer.start();
    const worlds = await openAll(server);

    await Promise.all(
      worlds.map(async ({ store }, writer) => {
        for (let at = 0; at < 50; at += 1) {
          await store.put(`v/cart/alice/${writer}/${at}`, text(""));
        }
      }),
    );

    const [first] = worlds;
    const page = await first?.store.listKeys("v/cart/alice/", { limit: 1_000 });
    assert.equal(page?.keys.length, WRITERS * 50);
    await closeAll(worlds);
  });
});
