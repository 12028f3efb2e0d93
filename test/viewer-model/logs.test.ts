import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ALL_LOGS, fieldsText, LogBuffer, logMatcher } from "../../src/viewer/log-buffer.ts";
import { logRow } from "../_support/wire-rows.ts";

describe("the lines a viewer keeps", () => {
  it("are each there once and in their order, however they came", () => {
    const batches = fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 10 }));
    fc.assert(
      fc.property(batches, (all) => {
        const buffer = new LogBuffer();
        for (const batch of all) buffer.add(batch.map((sequence) => logRow(sequence)));

        const wanted = [...new Set(all.flat())].sort((a, b) => a - b);
        assert.deepEqual(
          buffer.lines.map(({ sequence }) => sequence),
          wanted,
        );
      }),
    );
  });

  it("stay below a number and a size; the oldest go", () => {
    const buffer = new LogBuffer();
    buffer.add(Array.from({ length: 25_000 }, (_, at) => logRow(at)));
    assert.equal(buffer.lines.length, 20_000);
    assert.equal(buffer.dropped, 5_000);

    const long = "x".repeat(1_000_000);
    buffer.add(Array.from({ length: 30 }, (_, at) => logRow(30_000 + at, { msg: long })));
    assert.ok(buffer.lines.length < 20, `${buffer.lines.length} lines`);
    assert.equal(buffer.lines.at(-1)?.sequence, 30_029);
  });

  it("are told and searched with any fields", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        assert.equal(typeof fieldsText(fields), "string");
        logMatcher({ ...ALL_LOGS, text: "x" })(logRow(1, { fields }));
      }),
    );
    assert.equal(
      fieldsText({ err: { message: { toString: 1 } } }),
      'err={"message":{"toString":1}}',
    );
    assert.equal(fieldsText({ err: { message: "oops" } }), "err=oops");
  });

  it("are found by level, actor, trace and text", () => {
    const line = logRow(1, {
      level: 40,
      msg: "Out of stock",
      actorId: "inventory/a-3",
      actorType: "inventory",
      traceId: "9a152030",
      fields: { item: "plant", target_id: "desk/a-1" },
    });
    const fits = (query: Partial<typeof ALL_LOGS>): boolean =>
      logMatcher({ ...ALL_LOGS, ...query })(line);

    assert.ok(fits({}) && fits({ level: 40 }) && fits({ actor: "inventory" }));
    assert.ok(fits({ actor: "inventory/a-3" }) && fits({ actor: "desk/a-1" }));
    assert.ok(fits({ trace: "9a15" }) && fits({ text: "out OF" }) && fits({ text: "item=plant" }));
    assert.equal(
      fits({ level: 50 }) ||
        fits({ actor: "desk" }) ||
        fits({ trace: "15" }) ||
        fits({ text: "x" }),
      false,
    );
  });
});
