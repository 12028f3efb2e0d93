import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodeMeta,
  encodeMeta,
  type MetaRecord,
} from "../../../src/activation/records/meta-record.ts";
import {
  decodeQueued,
  decodeSetAside,
  encodeQueued,
  encodeSetAside,
} from "../../../src/activation/records/queue-record.ts";
import {
  decodeSchedule,
  encodeSchedule,
  type ScheduleRecord,
} from "../../../src/activation/records/schedule-record.ts";

const meta: MetaRecord = {
  generation: 3,
  version: 1,
  createdAtMs: 1_000,
  usedAtMs: 2_000,
  stateBytes: 17,
  schedules: 2,
  queued: 0,
  incarnation: "V1StGXR8_Z5jdHi6B-myT",
  sequence: 9,
};
const schedule: ScheduleRecord = {
  message: "deliver",
  args: ["tea", { at: 1 }, null],
  dueAtMs: 5_000,
  cron: "0 8 * * 1",
  timeZone: "Europe/Berlin",
  missed: "run_once",
  attempts: 1,
  runs: [
    { atMs: 1, outcome: "ok", errorType: undefined },
    { atMs: 2, outcome: "error", errorType: "TypeError" },
  ],
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "",
};
const message = { id: "m1", body: { path: "a.csv" }, sentAtMs: 1, attempt: 2, notBeforeMs: 7 };

/** Returns the bytes of a record with some of its properties replaced. */
function changed(bytes: Uint8Array, changes: object): Uint8Array {
  return Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(bytes).toString()), ...changes }));
}

describe("a record", () => {
  it("is read as it was written", () => {
    assert.deepEqual(decodeMeta("m", encodeMeta(meta)), meta);
    const expiring = { ...meta, expiresAtMs: 4_000 };
    assert.deepEqual(decodeMeta("m", encodeMeta(expiring)), expiring);
    assert.deepEqual(decodeSchedule("t", encodeSchedule(schedule)), schedule);
    assert.deepEqual(decodeQueued("q", encodeQueued(message)), message);
    const aside = { ...message, setAsideAtMs: 9, errorType: "Error", errorText: "" };
    assert.deepEqual(decodeSetAside("p", encodeSetAside(aside)), aside);
  });

  it("keeps bodies and arguments of any JSON, null and falsy ones too", () => {
    for (const body of [null, false, 0, "", [], {}]) {
      assert.deepEqual(decodeQueued("q", encodeQueued({ ...message, body })).body, body);
    }
  });

  it("leaves out what this version does not know", () => {
    assert.deepEqual(decodeMeta("m", changed(encodeMeta(meta), { added: 1 })), meta);
  });

  it("of a newer format is refused", () => {
    assert.throws(() => decodeMeta("m/cart/a", changed(encodeMeta(meta), { format: 2 })), {
      code: "ERR_STORE_NEWER_FORMAT",
      key: "m/cart/a",
      message: 'record "m/cart/a" has format 2; this version reads up to 1',
    });
  });

  it("keeps the last 10 runs of a schedule", () => {
    const runs = Array.from({ length: 25 }, (_, atMs) => ({
      atMs,
      outcome: "ok" as const,
      errorType: undefined,
    }));

    const read = decodeSchedule("t", encodeSchedule({ ...schedule, runs }));

    assert.deepEqual(read.runs, runs.slice(-10));
  });

  it("with a name of an object's prototype is not taken from there", () => {
    const bytes = Buffer.from('{"format":1,"__proto__":{"generation":1}}');

    assert.throws(() => decodeMeta("m", bytes), { code: "ERR_STORE_CORRUPT" });
    assert.equal(({} as { generation?: number }).generation, undefined);
  });
});

describe("a damaged record", () => {
  const corrupt = { code: "ERR_STORE_CORRUPT", name: "StoreError" };
  const damages: readonly (readonly [what: string, bytes: Uint8Array])[] = [
    ["empty", new Uint8Array()],
    ["no UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
    ["no JSON", Buffer.from("{")],
    ["no object", Buffer.from("[]")],
    ["null", Buffer.from("null")],
    ["without a format", changed(encodeMeta(meta), { format: undefined })],
    ["a format that is no number", changed(encodeMeta(meta), { format: "1" })],
    ["a missing property", changed(encodeMeta(meta), { generation: undefined })],
    ["a negative count", changed(encodeMeta(meta), { stateBytes: -1 })],
    ["a fraction", changed(encodeMeta(meta), { createdAtMs: 1.5 })],
    ["an incarnation that is a path", changed(encodeMeta(meta), { incarnation: "../../etc" })],
  ];
  for (const [what, bytes] of damages) {
    it(`is refused with its key: ${what}`, () => {
      assert.throws(() => decodeMeta("m/cart/a", bytes), { ...corrupt, key: "m/cart/a" });
    });
  }

  it("is refused where a list or a policy is not one", () => {
    const bytes = encodeSchedule(schedule);

    for (const changes of [
      { args: {} },
      { runs: [{ atMs: 1, outcome: "maybe" }] },
      { runs: [null] },
      { missed: "always" },
      { message: "" },
      { dueAtMs: null },
    ]) {
      assert.throws(() => decodeSchedule("t", changed(bytes, changes)), corrupt);
    }
    assert.throws(
      () => decodeQueued("q", changed(encodeQueued(message), { body: undefined })),
      corrupt,
    );
  });

  it("is refused or read after the loss of any byte, and never fails in another way", () => {
    const bytes = encodeSchedule(schedule);
    for (let at = 0; at < bytes.length; at += 1) {
      const cut = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
      try {
        decodeSchedule("t", cut);
      } catch (error) {
        assert.match((error as { code: string }).code, /^ERR_STORE_(?:CORRUPT|NEWER_FORMAT)$/);
      }
    }
  });
});
