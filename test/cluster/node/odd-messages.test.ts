import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { ClusterWorld } from "../../_support/cluster-world.ts";
import { HOSTILE_KEYS } from "../../_support/hostile-keys.ts";

const note = defineKeyedActor("note.of$day", {
  state: (input: { readonly text: unknown } = { text: "" }, _key: readonly string[]) => ({
    count: 0,
    text: input.text,
  }),
  handlers: {
    add: (c) => {
      c.state.count += 1;
      return { key: c.key, count: c.state.count };
    },
  },
});

/** As long as keys may be, in the texts that grow most as tokens of subjects. */
const LONGEST_KEYS: readonly (readonly string[])[] = [
  ["ü".repeat(512)],
  ["😀".repeat(256)],
  ["/".repeat(1_024)],
  [".".repeat(1_024)],
  Array.from({ length: 16 }, () => "~".repeat(64)),
];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let at = 0; at < depth; at += 1) value = [value];
  return value;
}

describe("a call to another process", () => {
  it("reaches every key, and no other one", async () => {
    await using world = await ClusterWorld.open();
    await world.add("runner", { actors: [note] });
    const { system } = await world.add("client", {}, { client: true });

    for (const key of [...HOSTILE_KEYS, ...LONGEST_KEYS]) {
      assert.deepEqual(await system.get(note, key).ask.add(), { key, count: 1 });
    }
  });

  it("refuses an input of a new actor that cannot be sent, and says why", async () => {
    await using world = await ClusterWorld.open();
    await world.add("runner", { actors: [note] });
    const { system } = await world.add("client", {}, { client: true });
    const add = async (key: string, text: unknown): Promise<unknown> =>
      await system.get(note, key, { input: { text } }).ask.add();

    await assert.rejects(add("large", "x".repeat(70_000)), {
      code: "ERR_ENGINE_TOO_LARGE",
      message: "the input of a note.of$day has 70011 bytes as JSON, of at most 65536",
    });
    await assert.rejects(add("map", new Map()), {
      code: "ERR_STATE_INVALID",
      message: /input\.text is a Map/,
    });
    await assert.rejects(add("deep", nested(60)), {
      code: "ERR_STATE_INVALID",
      message: /input is nested too deep/,
    });
    assert.deepEqual(await add("fits", nested(50)), { key: ["fits"], count: 1 });
  });
});
