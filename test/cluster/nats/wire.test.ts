import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAckSubject } from "../../../src/cluster/nats-client/ack-subject.ts";
import { parseTimeMs } from "../../../src/cluster/nats-client/jetstream-api.ts";
import {
  decodeHeaders,
  encodedHeader,
  encodeHeaders,
  requireForeignHeaders,
} from "../../../src/cluster/nats-client/message-headers.ts";

describe("the reply subject of a delivery", () => {
  const place = {
    attempt: 2,
    streamSequence: 7,
    consumerSequence: 9,
    storedAtMs: 1_764_200_000_123,
    pending: 4,
  };

  it("is read in both versions", () => {
    const numbers = "2.7.9.1764200000123456789.4";

    assert.deepEqual(parseAckSubject(`$JS.ACK.S.c.${numbers}`), place);
    assert.deepEqual(parseAckSubject(`$JS.ACK._.hash.S.c.${numbers}`), place);
    assert.deepEqual(parseAckSubject(`$JS.ACK.hub.hash.S.c.${numbers}.random`), place);
  });

  it("is nothing else", () => {
    for (const subject of [
      "",
      "_INBOX.a",
      "$JS.ACK.S.c.1.2",
      "$JS.ACK.S.c.a.b.c.d.e",
      "$JS.API.x",
    ]) {
      assert.equal(parseAckSubject(subject), undefined);
    }
  });
});

describe("times of JetStream", () => {
  it("are cut to milliseconds, and never rounded up", () => {
    assert.equal(parseTimeMs("2026-11-26T23:49:34.999999999Z"), 1_795_736_974_999);
    assert.equal(parseTimeMs("2026-11-26T23:49:34.1Z"), 1_795_736_974_100);
    assert.equal(parseTimeMs("2026-11-26T23:49:34Z"), 1_795_736_974_000);
  });
});

describe("headers", () => {
  it("of the server are never taken from above, in any spelling", () => {
    for (const name of ["Nats-Rollup", "nats-msg-id", "NATS-Trace-Dest", "Nats-TTL"]) {
      const refused = { name: "UsageError", code: "ERR_INVALID_NAME" };
      assert.throws(() => requireForeignHeaders({ [name]: "x" }), refused);
    }
    requireForeignHeaders({ "Ll-Kind": "start", traceparent: "00-1" });
  });

  it("with characters that would end a line or be lost are refused", () => {
    const refused = { name: "UsageError", code: "ERR_INVALID_NAME" };
    for (const value of ["a\r\nNats-Rollup: all", "a\nb", " a", "a ", "\u0000", "ä", "\t"]) {
      assert.throws(() => encodeHeaders({ "Ll-A": value }), refused);
    }
    for (const name of ["", "a b", "a:b", "ä", "a\r\n", "1a"]) {
      assert.throws(() => encodeHeaders({ [name]: "x" }), refused);
    }
  });

  it("are sent line by line", () => {
    const text = (headers: Record<string, string>): string =>
      Buffer.from(encodeHeaders(headers)).toString();

    assert.equal(
      text({ "Ll-A": "", b: "x: y;z=1 ~" }),
      "NATS/1.0\r\nLl-A: \r\nb: x: y;z=1 ~\r\n\r\n",
    );
    assert.equal(text({}), "");
  });

  it("of stored messages are read, without those of the server", () => {
    const encoded = "NATS/1.0\r\nLl-A: b: c\r\nNats-Msg-Id: 1\r\nempty:\r\n\r\n";

    assert.deepEqual(decodeHeaders(encoded), { "Ll-A": "b: c", empty: "" });
    assert.equal(encodedHeader(encoded, "Nats-Msg-Id"), "1");
    assert.equal(encodedHeader(encoded, "none"), undefined);
    assert.deepEqual(decodeHeaders(""), {});
  });
});
