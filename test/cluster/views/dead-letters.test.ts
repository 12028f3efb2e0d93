import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { commandMessage } from "../../../src/cluster/codec/command-codec.ts";
import { type DeadLetterLog, deadLetterMessage } from "../../../src/cluster/codec/dead-letter.ts";
import type { LogMessage } from "../../../src/cluster/engine/log.ts";
import { signalCommand, startCommand } from "../../_support/cluster-records.ts";
import { ClusterViewsWorld, type ViewedNode } from "../../_support/cluster-views-world.ts";

describe("the dead letters of a cluster, for viewers", () => {
  let world: ClusterViewsWorld;
  let node: ViewedNode;
  let numbers = 0;
  beforeEach(async () => {
    world = new ClusterViewsWorld();
    node = await world.node("r-1");
  });
  afterEach(() => world[Symbol.asyncDispose]());

  /** Stores a message as a dead letter. Returns its id. */
  const bury = async (log: DeadLetterLog, message: Omit<LogMessage, "id">): Promise<string> => {
    numbers += 1;
    const stored = { ...message, sequence: numbers, storedAtMs: 1, attempt: 6 };
    const letter = deadLetterMessage(log, stored, { reason: "ERR_TEST", text: "it throws" });
    return String((await (await world.any()).deadLetters.append(letter)).sequence);
  };
  const rows = async () => (await node.views.deadLetters(undefined, 10)).deadLetters;

  it("say what they were, of which key, why they are here and how often they were tried", async () => {
    await bury("cmd", commandMessage("r-1", signalCommand({ signal: "destroy" })));
    await bury("evt", { subject: "3.room.lobby", headers: {}, body: Uint8Array.of(1, 2, 3) });

    assert.deepEqual(
      (await rows()).map(({ log, key, what, reason, attempts, bytes }) =>
        log === "commands" ? [log, key, what, reason, attempts] : [log, key, what, bytes],
      ),
      [
        ["commands", "cart/alice", "signal destroy", "ERR_TEST", 6],
        ["events", "room/lobby", null, 3],
      ],
    );
  });

  it("come page by page", async () => {
    const all = [];
    for (let at = 0; at < 3; at += 1) {
      all.push(
        await bury("evt", { subject: "3.room.lobby", headers: {}, body: Uint8Array.of(at) }),
      );
    }

    const first = await node.views.deadLetters(undefined, 2);
    const second = await node.views.deadLetters(first.cursor, 2);

    assert.deepEqual(
      [...first.deadLetters, ...second.deadLetters].map(({ id }) => id),
      all,
    );
    assert.equal(second.cursor, undefined);
  });

  it("are asked of the coordinator once more if they are commands that can be read", async () => {
    const signal = await bury("cmd", commandMessage("r-1", signalCommand()));
    const start = await bury("cmd", commandMessage("r-1", startCommand()));

    assert.equal(await node.views.resend(signal), true);
    assert.equal(await node.views.resend(start), true);

    assert.deepEqual(
      node.asked.map((request) => [request.kind, request.address]),
      [
        ["signal", "cart.alice"],
        ["place", "cart.alice"],
      ],
    );
    assert.deepEqual(await rows(), []);
  });

  it("go to their log as they were if they cannot be read", async () => {
    const body = new TextEncoder().encode("of a newer version");
    const id = await bury("cmd", { subject: "r-1.cart.alice", headers: {}, body });

    assert.equal(await node.views.resend(id), true);

    const [again] = await (await world.any()).commands.read({ filter: "r-1", limit: 5 });
    assert.deepEqual(again?.body, body);
    assert.deepEqual(await rows(), []);
  });

  it("stay when they cannot be sent once more", async () => {
    const stop = signalCommand();
    const { signal: _signal, data: _data, ...rest } = stop;
    const id = await bury("cmd", commandMessage("r-1", { ...rest, kind: "stop" }));

    await assert.rejects(node.views.resend(id), { code: "ERR_INVALID_OPTION" });
    assert.equal((await rows()).length, 1);
  });

  it("are deleted when they are discarded; of others, nothing is known", async () => {
    const id = await bury("evt", { subject: "3.room.lobby", headers: {}, body: Uint8Array.of(1) });

    assert.equal(await node.views.discard(id), true);
    assert.equal(await node.views.discard(id), false);
    assert.equal(await node.views.resend("77777"), false);
    await assert.rejects(node.views.discard("x"), { code: "ERR_INVALID_OPTION" });
  });
});
