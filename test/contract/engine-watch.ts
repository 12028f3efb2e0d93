import assert from "node:assert/strict";
import { it } from "node:test";
import type { KeyValue, KeyValueListener } from "../../src/cluster/engine/key-value.ts";
import { bytes, freshToken, textOf, type World } from "./engine-world.ts";

/** Writes down what a watch tells. */
class Notes implements KeyValueListener {
  readonly lines: string[] = [];

  changed({ key, value }: { readonly key: string; readonly value: Uint8Array }): void {
    this.lines.push(`${key}=${textOf(value)}`);
  }

  removed(key: string): void {
    this.lines.push(`${key} removed`);
  }

  current(): void {
    this.lines.push("current");
  }

  /** For `until`: the lines, once the last one is `line`. */
  endingWith(line: string): readonly string[] | undefined {
    return this.lines.at(-1) === line ? this.lines : undefined;
  }
}

/** What every engine must do with watches. */
export function describeWatch(world: World): void {
  const placements = (): KeyValue => world().one.placements;
  const others = (): KeyValue => world().other.placements;

  it("tells what is there, then each change and removal in order", async () => {
    const token = freshToken();
    const notes = new Notes();
    await placements().put(`${token}.a`, bytes("1"));
    await placements().put(`${token}.gone`, bytes("1"));
    await placements().remove(`${token}.gone`);

    const watch = await others().watch(token, notes);
    const atFirst = [...notes.lines];
    // One by one: what is overwritten before it was told may be left out.
    const told = (line: string): Promise<unknown> =>
      world().until(`told: ${line}`, () => notes.endingWith(line));
    await placements().put(`${token}.a`, bytes("2"));
    await told(`${token}.a=2`);
    await placements().put(`${token}.b`, bytes("3"));
    await told(`${token}.b=3`);
    await placements().remove(`${token}.a`);
    await told(`${token}.a removed`);
    await placements().put(`${token}.a`, bytes("4"));
    await told(`${token}.a=4`);
    watch.stop();
    assert.deepEqual(atFirst, [`${token}.a=1`, "current"]);
    assert.deepEqual(notes.lines.slice(2), [
      `${token}.a=2`,
      `${token}.b=3`,
      `${token}.a removed`,
      `${token}.a=4`,
    ]);
  });

  it("tells of nothing else", async () => {
    const token = freshToken();
    const [notes, all] = [new Notes(), new Notes()];
    const watch = await placements().watch(token, notes);
    const watchOfAll = await placements().watch("", all);

    await others().put(`${token}x.a`, bytes("1"));
    await others().put(`${token}.a`, bytes("2"));

    await world().until("told of the change", () => notes.endingWith(`${token}.a=2`));
    assert.deepEqual(notes.lines, ["current", `${token}.a=2`]);
    await world().until("told of all", () => all.endingWith(`${token}.a=2`));
    assert.ok(all.lines.includes(`${token}x.a=1`));
    watch.stop();
    watchOfAll.stop();
  });

  it("tells nothing once it is stopped", async () => {
    const token = freshToken();
    const [stopped, going] = [new Notes(), new Notes()];
    const first = await placements().watch(token, stopped);
    const second = await placements().watch(token, going);

    first.stop();
    first.stop();
    await others().put(`${token}.a`, bytes("1"));

    await world().until("told of the change", () => going.endingWith(`${token}.a=1`));
    second.stop();
    assert.deepEqual(stopped.lines, ["current"]);
  });

  it("tells of hundreds of entries before it is current", async () => {
    const token = freshToken();
    const keys = Array.from({ length: 300 }, (_, at) => `${token}.${at}`);
    await Promise.all(keys.map((key) => placements().put(key, bytes("x"))));
    const notes = new Notes();

    const watch = await others().watch(token, notes);

    watch.stop();
    assert.equal(notes.lines.indexOf("current"), keys.length);
    assert.deepEqual(notes.lines.slice(0, -1).sort(), keys.map((key) => `${key}=x`).sort());
  });
}
