import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BusMessage } from "../../../src/cluster/engine/bus.ts";
import {
  decodeStreamFrame,
  encodeBodyFrame,
  encodeCredit,
  encodeStop,
  StreamKind,
} from "../../../src/cluster/streams/stream-frames.ts";
import { CHUNK_BYTES } from "../../../src/cluster/streams/stream-limits.ts";
import { LimelightError } from "../../../src/index.ts";

const CANARY = "canary-7d1c";

function refusal(message: BusMessage, code = "ERR_PROTOCOL_INVALID"): void {
  assert.throws(
    () => decodeStreamFrame(message),
    (error: Error & { readonly code?: string }) => {
      assert.equal(error.code, code);
      assert.ok(!error.message.includes(CANARY), error.message);
      return true;
    },
  );
}

const data = encodeBodyFrame("s-1", 7, { kind: StreamKind.Data, bytes: Buffer.from([0, 255]) });
const credit = encodeCredit("s-1", { bytes: 1_000, frames: 4, sent: 2 });

describe("frames of a stream", () => {
  it("are read as they were sent", () => {
    const error = new LimelightError("no", { code: "ERR_ABORTED" });

    const read = decodeStreamFrame(data);
    const failed = decodeStreamFrame(encodeBodyFrame("s-1", 8, { kind: StreamKind.Fail, error }));

    assert.equal(read.id, "s-1");
    assert.ok(read.frame.kind === "body" && read.frame.frame.kind === StreamKind.Data);
    assert.deepEqual([read.frame.number, ...read.frame.frame.bytes], [7, 0, 255]);
    assert.ok(failed.frame.kind === "body" && failed.frame.frame.kind === StreamKind.Fail);
    assert.equal((failed.frame.frame.error as LimelightError).code, "ERR_ABORTED");
    const end = decodeStreamFrame(encodeBodyFrame("s-1", 9, { kind: StreamKind.End }));
    assert.deepEqual(end.frame, { kind: "body", number: 9, frame: { kind: "end" } });
    assert.deepEqual(decodeStreamFrame(credit).frame, {
      kind: "credit",
      bytes: 1_000,
      frames: 4,
      sent: 2,
    });
    assert.deepEqual(decodeStreamFrame(encodeStop("s-1")).frame, { kind: "stop" });
  });

  it("are refused without a version, kind, id and number that are some", () => {
    for (const [name, values] of [
      ["Ll-V", [undefined, "", "x", "1.0", "-1"]],
      ["Ll-Kind", [undefined, "", "DATA", "toString", "__proto__", "ask"]],
      ["Ll-Id", [undefined, "", "a.b", "a b", "*", ">", "x".repeat(65), "\u202Ex"]],
      ["Ll-Frame", [undefined, "", "0", "-1", "1.5", "1e3", "01", "x", "9".repeat(16)]],
    ] as const) {
      for (const value of values) {
        const { [name]: _left, ...rest } = data.headers;
        const headers = value === undefined ? rest : { ...rest, [name]: value };
        refusal({ ...data, headers });
      }
    }
    refusal({ ...data, headers: { ...data.headers, "Ll-V": "2" } }, "ERR_PROTOCOL_VERSION");
    refusal({ ...data, headers: { ...data.headers, "Ll-V": "0" } }, "ERR_PROTOCOL_VERSION");
  });

  it("are refused if they are empty, or larger than a chunk", () => {
    refusal({ ...data, body: new Uint8Array() });
    refusal({ ...data, body: new Uint8Array(CHUNK_BYTES + 1) });
    assert.ok(decodeStreamFrame({ ...data, body: new Uint8Array(CHUNK_BYTES) }));
    for (const empty of [encodeStop("s"), encodeBodyFrame("s", 1, { kind: StreamKind.End })]) {
      refusal({ ...empty, body: Buffer.from(CANARY) });
    }
  });

  it("are refused if a credit or an error is none", () => {
    for (const body of [
      "",
      "null",
      "[]",
      `"${CANARY}"`,
      "[".repeat(30_000),
      "{}",
      '{"bytes":1,"frames":1}',
      '{"bytes":-1,"frames":1,"sent":1}',
      '{"bytes":1.5,"frames":1,"sent":1}',
      '{"bytes":1e999,"frames":1,"sent":1}',
      `{"bytes":"${CANARY}","frames":1,"sent":1}`,
      `{"bytes":1,"frames":1,"sent":1,"more":"${"x".repeat(32_768)}"}`,
    ]) {
      refusal({ ...credit, body: Buffer.from(body) });
      refusal({ headers: { ...data.headers, "Ll-Kind": "fail" }, body: Buffer.from(body) });
    }
    refusal({ ...credit, body: Uint8Array.from([0x22, 0xff, 0xfe, 0x22]) });
  });
});
