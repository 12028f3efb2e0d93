import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WriteCollector } from "../../../src/store/startup/write-collector.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a write collector", () => {
  it("keeps the last write of each key, in the order of these writes", () => {
    const collector = new WriteCollector();

    collector.put("a", bytes("1"));
    collector.put("b", bytes("2"));
    collector.put("a", bytes("3"));
    collector.delete("b");
    collector.put("__proto__", bytes("4"));

    assert.equal(collector.size, 3);
    assert.deepEqual(
      collector.take().map((each) => [each.kind, "key" in each ? each.key : ""]),
      [
        ["put", "a"],
        ["delete", "b"],
        ["put", "__proto__"],
      ],
    );
    assert.deepEqual([collector.size, collector.take()], [0, []]);
  });

  it("keeps the first condition of a key: it is about what was stored", () => {
    const collector = new WriteCollector();

    collector.put("a", bytes("1"), { expectedRevision: 0 });
    collector.put("a", bytes("2"));
    collector.put("b", bytes("1"));
    collector.delete("b", { expectedRevision: 3 });

    assert.deepEqual(
      collector.take().map((each) => ("expectedRevision" in each ? each.expectedRevision : "any")),
      [0, 3],
    );
  });

  it("copies values, and refuses what no store accepts", () => {
    const collector = new WriteCollector();
    const value = Buffer.from("one");

    collector.put("a", value);
    value.fill(0);

    const [put] = collector.take();
    assert.equal(put?.kind === "put" && Buffer.from(put.value).toString(), "one");
    assert.throws(() => collector.put("", bytes("x")), { code: "ERR_STORE_INVALID_KEY" });
    assert.equal(collector.size, 0);
  });
});
