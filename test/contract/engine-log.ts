import assert from "node:assert/strict";
import { it } from "node:test";
import type { Log } from "../../src/cluster/engine/log.ts";
import { freshToken, logMessage, rejectsInTime, textOf, type World } from "./engine-world.ts";

/** More messages than any engine keeps of one subject. */
const BEYOND_LIMIT = 2_000;

/** What every engine must do with its logs, apart from consumers. */
export function describeLog(world: World): void {
  const log = (): Log => world().one.commands;
  const others = (): Log => world().other.commands;

  describeAppends(world, log, others);
  describeReads(world, log, others);
}

function describeAppends(world: World, log: () => Log, others: () => Log): void {
  it("stores messages with their headers and bytes, in order", async () => {
    const token = freshToken();
    const headers = { "Ll-Kind": "start", traceparent: "00-ab: c=d;e" };
    const body = Uint8Array.from([0, 255, 13, 10]);

    const first = await log().append({ id: `${token}:1`, subject: `${token}.a`, headers, body });
    const second = await others().append(logMessage(`${token}.b`, "second"));

    assert.equal(first.isDuplicate, false);
    assert.ok(second.sequence > first.sequence);
    const stored = await others().read({ filter: token, limit: 10 });
    assert.deepEqual(
      stored.map(({ subject, sequence }) => [subject, sequence]),
      [
        [`${token}.a`, first.sequence],
        [`${token}.b`, second.sequence],
      ],
    );
    assert.deepEqual({ ...stored[0]?.headers }, headers);
    assert.deepEqual([...(stored[0]?.body ?? [])], [...body]);
    assert.ok(stored.every(({ storedAtMs }) => Number.isFinite(storedAtMs)));
  });

  it("stores two messages of the same id once", async () => {
    const token = freshToken();
    const message = logMessage(`${token}.a`, "once");
    const first = await log().append(message);

    const second = await others().append(message);

    assert.deepEqual(second, { sequence: first.sequence, isDuplicate: true });
    assert.equal((await log().read({ filter: token, limit: 10 })).length, 1);
  });

  it("stores one of many concurrent messages of the same id", async () => {
    const message = logMessage(`${freshToken()}.a`, "once");

    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? log() : others()).append(message)),
    );

    assert.equal(outcomes.filter(({ isDuplicate }) => !isDuplicate).length, 1);
    assert.equal(new Set(outcomes.map(({ sequence }) => sequence)).size, 1);
  });

  it("refuses more messages of one subject than it holds, and takes others", async () => {
    const token = freshToken();
    let refused: unknown;
    for (let at = 0; at < BEYOND_LIMIT && refused === undefined; at += 1) {
      await log()
        .append(logMessage(`${token}.full`, "x"))
        .catch((error: unknown) => {
          refused = error;
        });
    }

    assert.equal((refused as { code?: string } | undefined)?.code, "ERR_ENGINE_FULL");
    await log().append(logMessage(`${token}.other`, "x"));
    await log().purge(token);
    await log().append(logMessage(`${token}.full`, "x"));
  });

  it("refuses a message that is too large, and one without a subject", async () => {
    const token = freshToken();
    const body = new Uint8Array(world().one.capabilities.maxMessageBytes + 1);
    const large = { ...logMessage(`${token}.a`, ""), body };

    await rejectsInTime(world(), log().append(large), "ERR_ENGINE_TOO_LARGE");

    for (const subject of ["", "a..b", "a.>", "a b", "a.*"]) {
      const invalid = { name: "UsageError", code: "ERR_INVALID_KEY" };
      await assert.rejects(log().append(logMessage(subject, "x")), invalid);
    }
    assert.deepEqual(await log().read({ filter: token, limit: 10 }), []);
  });
}

function describeReads(world: World, log: () => Log, others: () => Log): void {
  it("reads in pages, and those of a filter only", async () => {
    const token = freshToken();
    for (const text of ["1", "2", "3"]) {
      await log().append(logMessage(`${token}.a`, text));
      await log().append(logMessage(`${token}x.a`, "other"));
    }

    const page = await others().read({ filter: token, limit: 2 });
    const rest = await others().read({
      filter: token,
      limit: 2,
      after: page.at(-1)?.sequence ?? 0,
    });

    const texts = [...page, ...rest].map(({ body }) => textOf(body));
    assert.deepEqual(texts, ["1", "2", "3"]);
    assert.equal(page.length, 2);
    const after = (page[0]?.sequence ?? 0) - 1;
    const all = await others().read({ filter: "", limit: 3, after });
    assert.deepEqual(
      all.map(({ body }) => textOf(body)),
      ["1", "other", "2"],
    );
  });

  it("reads those of one subject only", async () => {
    const token = freshToken();
    for (const subject of ["a", "a.b", "ab", "b"]) {
      await log().append(logMessage(`${token}.${subject}`, subject));
    }
    await log().append(logMessage(`${token}.a`, "again"));

    const read = await others().read({ filter: "", subject: `${token}.a`, limit: 10 });

    assert.deepEqual(
      read.map(({ body }) => textOf(body)),
      ["a", "again"],
    );
    const invalid = { code: "ERR_INVALID_KEY" };
    await assert.rejects(log().read({ filter: "", subject: `${token}.>`, limit: 1 }), invalid);
  });

  it("deletes one message, also if it is not there", async () => {
    const token = freshToken();
    const { sequence } = await log().append(logMessage(`${token}.a`, "1"));
    await log().append(logMessage(`${token}.a`, "2"));

    await others().delete(sequence);
    await others().delete(sequence);
    await others().delete(sequence + 1_000_000);

    const left = await log().read({ filter: token, limit: 10 });
    assert.deepEqual(
      left.map(({ body }) => textOf(body)),
      ["2"],
    );
  });

  it("purges the messages of a filter, and says how many", async () => {
    const token = freshToken();
    for (const text of ["1", "2", "3"]) await log().append(logMessage(`${token}.a`, text));
    await log().append(logMessage(`${token}x.a`, "stays"));

    assert.equal(await others().purge(token), 3);

    assert.equal(await others().purge(token), 0);
    assert.deepEqual(await log().read({ filter: token, limit: 10 }), []);
    assert.equal((await log().read({ filter: `${token}x`, limit: 10 })).length, 1);
  });

  it("says how many messages it holds, and since when", async () => {
    const token = freshToken();
    await log().purge("");
    assert.deepEqual(await others().state(), { messages: 0, oldestAtMs: undefined });
    await log().append(logMessage(`${token}.a`, "1"));
    await log().append(logMessage(`${token}.b`, "2"));

    const [first] = await log().read({ filter: token, limit: 1 });
    const state = await others().state();

    assert.equal(state.messages, 2);
    assert.equal(state.oldestAtMs, first?.storedAtMs);
  });

  it("keeps its logs apart", async () => {
    const token = freshToken();
    const { commands, events, deadLetters } = world().one;

    await commands.append(logMessage(`${token}.a`, "command"));
    await events.append(logMessage(`${token}.a`, "event"));
    await deadLetters.append(logMessage(`${token}.a`, "dead"));

    const readBack = async (one: Log): Promise<readonly string[]> =>
      (await one.read({ filter: token, limit: 10 })).map(({ body }) => textOf(body));
    assert.deepEqual(await readBack(commands), ["command"]);
    assert.deepEqual(await readBack(events), ["event"]);
    assert.deepEqual(await readBack(deadLetters), ["dead"]);
  });
}
