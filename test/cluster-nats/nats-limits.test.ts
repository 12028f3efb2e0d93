import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Delivery } from "../../src/cluster/engine/log.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { NatsSessions, soon } from "../_support/nats-sessions.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a bucket that is full", () => {
  it("refuses writes, and takes removals, after which it takes writes again", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({
      servers: server.address,
      maxStreamBytes: 1024 * 1024,
    });
    const { placements } = await sessions.open();
    const revisions: number[] = [];
    // Until not even a byte fits.
    for (const sizeBytes of [100_000, 1_000, 1]) {
      for (let isFull = false; !isFull; ) {
        await placements.put(`a.${revisions.length}`, new Uint8Array(sizeBytes)).then(
          (revision) => revisions.push(revision),
          (error: { code?: string }) => {
            assert.equal(error.code, "ERR_ENGINE_FULL");
            isFull = true;
          },
        );
      }
    }
    const full = { name: "ClusterError", code: "ERR_ENGINE_FULL" };
    const conflict = { name: "ClusterError", code: "ERR_ENGINE_CONFLICT" };
    const count = revisions.length;
    const [first = 0, second = 0] = revisions;

    // Without the last message the sequences of the stream could begin again when the server is killed.
    await assert.rejects(placements.remove(`a.${count - 1}`), full);
    await assert.rejects(placements.remove("a.1", { expectedRevision: 1_000 }), conflict);
    await placements.remove("a.1", { expectedRevision: second });
    await assert.rejects(placements.remove("a.1", { expectedRevision: second }), conflict);
    await placements.remove("a.0", { expectedRevision: first });
    await placements.remove("a.none");

    assert.equal((await placements.list("a")).length, count - 2);
    await placements.put("a.0", new Uint8Array(1));
  });
});

for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
  describe(`a consumer whose process has gone, on NATS ${version}`, () => {
    it("is kept for a while, also if it is idle, and its messages for the next one", async () => {
      await using server = await NatsServer.start({ version });
      await using sessions = new NatsSessions({ servers: server.address });
      const [session, other] = [await sessions.open(), await sessions.open()];
      const options = { filter: "r", maxInFlight: 4, ackWaitMs: 1_000, keepForMs: 500 };
      const texts: string[] = [];
      const deliver = ({ body }: Delivery): void => {
        texts.push(Buffer.from(body).toString());
      };
      const consumers = async (): Promise<number> => {
        const answer = await fetch(`${server.monitorUrl}/jsz?streams=true&accounts=true`);
        const { account_details: accounts = [] } = (await answer.json()) as {
          account_details?: {
            stream_detail: { name: string; state: { consumer_count: number } }[];
          }[];
        };
        const details = accounts.flatMap(({ stream_detail: streams }) => streams);
        return details.find(({ name }) => name === "LL_limelight_CMD")?.state.consumer_count ?? -1;
      };
      await session.commands.consume({ ...options, name: "idle", filter: "idle", deliver });
      await session.commands.consume({ ...options, name: "r", deliver });
      await other.commands.append({ id: "1", subject: "r.a", headers: {}, body: bytes("1") });
      await soon("delivered", () => texts[0]);

      const third = await sessions.open();
      const gone = await third.commands.consume({ ...options, name: "x", filter: "x", deliver });
      assert.equal(await consumers(), 3);
      await gone.stop();
      await soon("deleted", async () => (await consumers()) === 2 || undefined);
      assert.equal(await consumers(), 2, "those that pull are kept");
      await session.close();
      await soon("deleted", async () => (await consumers()) === 0 || undefined);

      const before = texts.length;
      await other.commands.consume({ ...options, name: "next", deliver });
      await soon("delivered again", () => texts[before]);
      assert.deepEqual(new Set(texts), new Set(["1"]));
    });
  });
}
