import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isReservedName } from "../../src/base/names.ts";
import { CallError } from "../../src/client.ts";
import { ClientWorld, rejection } from "../_support/client-world.ts";
import { ScriptedGateway } from "../_support/scripted-gateway.ts";

/** No message or queue of an actor has one of these. */
const IMPLICIT = [
  ...new Set([...Object.getOwnPropertyNames(Object.prototype), "then", "toJSON"]),
].filter(isReservedName);

describe("names and options of a client", () => {
  it("are refused if they are not valid", () => {
    const { client } = new ClientWorld("http://gateway");
    const code = (action: () => unknown, expected: string): void =>
      assert.throws(action, (error) => error instanceof CallError && error.code === expected);

    for (const key of [
      "",
      [],
      ["a", ""],
      "\ud800",
      undefined,
      null,
      4,
      ["a", undefined],
      [4],
      {},
    ]) {
      code(() => client.room.get(key as string), "ERR_INVALID_KEY");
    }
    for (const url of ["gateway", "ftp://gateway", "localhost:3000", ""]) {
      code(() => new ClientWorld(url), "ERR_INVALID_OPTION");
    }
    const rule = /must be such as https:\/\/shop.example\/api, not "localhost:3000"/;
    assert.throws(() => new ClientWorld("localhost:3000"), rule);
    code(() => new ClientWorld("http://a", { timeoutMs: Number.NaN }), "ERR_INVALID_OPTION");
    code(() => new ClientWorld("http://a", { retries: -1 }), "ERR_INVALID_OPTION");
    for (const timeoutMs of ["500", null, [], true, 1n] as never[]) {
      code(() => new ClientWorld("http://a", { timeoutMs }), "ERR_INVALID_OPTION");
    }
    code(() => client.room.get("a").with({ timeoutMs: -1 }), "ERR_INVALID_OPTION");
  });

  it("are undefined where the language looks for them: a client can be awaited", async () => {
    const { client } = new ClientWorld("http://gateway");

    assert.equal(await client.room, client.room);
    for (const proxy of [client, client.room.get("a").ask, client.room.get("a").queue]) {
      for (const name of [...IMPLICIT, Symbol.iterator, Symbol.toPrimitive]) {
        assert.equal((proxy as never)[name], undefined, String(name));
      }
      assert.equal(JSON.stringify(proxy), "{}");
      assert.throws(() => `${proxy}`, TypeError, "and nothing is sent");
    }
  });

  it("do not lead to another route", async () => {
    await using gateway = await ScriptedGateway.listen();
    const room = new ClientWorld(gateway.url).client.room.get("..");

    for (const path of ["rows", "/../x", "/%2e%2e/x", "/a/../../x", "/\\../.."]) {
      assert.equal((await rejection(room.fetch(path))).code, "ERR_INVALID_OPTION", path);
    }
    await room.fetch("/rows");

    assert.deepEqual(
      gateway.requests.map(({ path }) => path),
      ["/actors/room/..,/request/rows"],
    );
  });
});
