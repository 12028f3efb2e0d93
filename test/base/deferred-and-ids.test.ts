import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deferred } from "../../src/base/async/deferred.ts";
import { formatActorId, nextActorNumber } from "../../src/base/ids.ts";

describe("Deferred", () => {
  it("settles once, as it is told first", async () => {
    const resolved = new Deferred<string>();
    const rejected = new Deferred<string>();

    resolved.resolve("a");
    resolved.reject(new Error("late"));
    rejected.reject(new RangeError("b"));
    rejected.resolve("late");

    assert.equal(await resolved.promise, "a");
    await assert.rejects(rejected.promise, RangeError);
  });
});

describe("actor ids", () => {
  it("are the type, a tag of this process and a number that never comes twice", () => {
    const ids = Array.from({ length: 100 }, () => formatActorId("desk", nextActorNumber()));

    assert.equal(new Set(ids).size, 100);
    assert.equal(new Set(ids.map((id) => id.split("-")[0])).size, 1);
    assert.match(String(ids[0]), /^desk\/[0-9a-f]{6}-[0-9a-z]+$/);
  });
});
