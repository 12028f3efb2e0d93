import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inTurn } from "../../src/base/async/in-turn.ts";

/** Steps that note their order; those named with a `?` take a turn. */
function steps(names: readonly string[], done: string[]): (() => unknown)[] {
  return names.map((name) => (): unknown => {
    if (!name.endsWith("?")) return done.push(name);
    return Promise.resolve().then(() => done.push(name));
  });
}

describe("steps in turn", () => {
  it("have all run at once if none has to be waited for", () => {
    const done: string[] = [];

    const left = inTurn(steps(["a", "b"], done));

    assert.equal(left, undefined);
    assert.deepEqual(done, ["a", "b"]);
  });

  it("wait for each that returns a promise", async () => {
    const done: string[] = [];

    const left = inTurn(steps(["a", "b?", "c", "d?", "e"], done));

    assert.deepEqual(done, ["a"]);
    await left;
    assert.deepEqual(done, ["a", "b?", "c", "d?", "e"]);
  });

  it("end with the first error, before and after a promise", async () => {
    const done: string[] = [];
    const fail = (): never => {
      throw new Error("fails");
    };
    const [a, b, c] = steps(["a", "b?", "c"], done) as [
      () => unknown,
      () => unknown,
      () => unknown,
    ];

    assert.throws(() => inTurn([a, fail, c]), { message: "fails" });
    await assert.rejects(Promise.resolve(inTurn([b, fail, c])), { message: "fails" });
    assert.deepEqual(done, ["a", "b?"]);
  });
});
