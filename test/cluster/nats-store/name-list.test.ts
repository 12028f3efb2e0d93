import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JetStreamApi } from "../../../src/cluster/nats-client/jetstream-api.ts";
import type { Uplink } from "../../../src/cluster/nats-client/uplink.ts";
import { NameList } from "../../../src/cluster/nats-store/name-list.ts";
import { streamNames } from "../../../src/cluster/nats-store/streams.ts";
import { ManualClock } from "../../../src/testing.ts";

/** As many subjects as a server lists in one answer. */
const PAGE = 100_000;

/** A server with many subjects, which are removed while they are listed. */
class ManySubjects {
  readonly subjects: string[];
  requests = 0;
  /** Called before each answer but the first. */
  between: () => void = () => {};

  constructor(count: number) {
    this.subjects = Array.from({ length: count }, (_, at) => {
      return `ll.test.records.cart.${String(at).padStart(7, "0")}`;
    });
  }

  get api(): Pick<JetStreamApi, "call"> {
    return {
      call: async <Answer>(name: string, body: object): Promise<Answer> => {
        const { offset } = body as { offset: number };
        const isRecords = name.endsWith("_RECORDS");
        if (isRecords) this.requests += 1;
        if (isRecords && offset > 0) this.between();
        const all = isRecords ? this.subjects : [];
        const page = all.slice(offset, offset + PAGE);
        const subjects = Object.fromEntries(page.map((subject) => [subject, 1]));
        return { state: { subjects }, total: all.length } as Answer;
      },
    };
  }
}

function listOf(server: ManySubjects, clock: ManualClock = new ManualClock()): NameList {
  const uplink = { isConnected: true } as Uplink; // asked only after a failure
  const names = streamNames("test");
  return new NameList({
    api: server.api,
    names,
    clock,
    uplink,
    luck: () => 0,
    requestTimeoutMs: 1,
  });
}

describe("the names of actors", () => {
  for (const count of [0, 1, PAGE, PAGE + 1]) {
    it(`are complete when there are ${count}`, async () => {
      const server = new ManySubjects(count);

      const { sorted } = await listOf(server).owners(undefined, false);

      assert.equal(sorted.length, count);
      assert.equal(new Set(sorted).size, count);
    });
  }

  it("miss none of those that stay while others are removed between two answers", async () => {
    const server = new ManySubjects(2 * PAGE);
    server.between = () => server.subjects.splice(0, 500);

    const { sorted } = await listOf(server).owners(undefined, false);

    const staying = server.subjects.map((subject) => subject.split(".").slice(3).join("/"));
    const listed = new Set(sorted);
    assert.deepEqual(
      staying.filter((name) => !listed.has(name)),
      [],
    );
  });

  it("are read once for the pages of a listing, and again for the next listing or after a while", async () => {
    const server = new ManySubjects(10);
    const clock = new ManualClock();
    const names = listOf(server, clock);
    await names.owners("cart", false);
    await names.owners("cart", true);
    assert.equal(server.requests, 1);

    await names.owners("cart", false);
    assert.equal(server.requests, 2);
    await clock.advance(2_001);
    await names.owners("cart", true);
    assert.equal(server.requests, 3);
  });
});
