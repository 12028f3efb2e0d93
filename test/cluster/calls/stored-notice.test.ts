import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeStored, encodeStored } from "../../../src/cluster/calls/stored-notice.ts";
import type { ReceivedMessage } from "../../../src/cluster/engine/bus.ts";
import { StoredNotices } from "../../../src/cluster/routing/stored-notices.ts";

const notice = encodeStored({ callId: "c-1", messageId: "m-1" });
const INVALID = { code: "ERR_PROTOCOL_INVALID" };

describe("a notice that a queue message is stored", () => {
  it("is read as it was sent, and refused if it is none", () => {
    assert.deepEqual(decodeStored(notice), { callId: "c-1", messageId: "m-1" });

    for (const [name, values] of [
      ["Ll-V", ["", "x", "1.0"]],
      ["Ll-Kind", ["", "reply"]],
      ["Ll-Id", ["", "a.b", "x".repeat(65)]],
    ] as const) {
      for (const value of values) {
        const headers = { ...notice.headers, [name]: value };
        assert.throws(() => decodeStored({ ...notice, headers }), INVALID);
      }
    }
    for (const text of [
      "",
      "null",
      "{}",
      '{"id":1}',
      '{"id":""}',
      `{"id":"${"x".repeat(1_024)}"}`,
    ]) {
      assert.throws(() => decodeStored({ ...notice, body: Buffer.from(text) }), INVALID);
    }
    const later = { ...notice, headers: { ...notice.headers, "Ll-V": "2" } };
    assert.throws(() => decodeStored(later), { code: "ERR_PROTOCOL_VERSION" });
  });

  it("reaches each sender that waits for it once, and none after that", () => {
    let receive: (message: ReceivedMessage) => void = () => {};
    let stops = 0;
    let invalid = 0;
    const notices = new StoredNotices({
      bus: {
        inbox: () => "inbox.1",
        subscribe: (_subject, listener) => {
          receive = listener;
          const stop = (): void => {
            stops += 1;
          };
          return { stop, drain: () => {} };
        },
      },
      onInvalid: () => {
        invalid += 1;
      },
    });
    const told: string[] = [];
    const message = { ...notice, subject: "inbox.1", replyTo: undefined };

    assert.equal(
      notices.expect("c-1", (id) => told.push(id)),
      "inbox.1",
    );
    notices.expect("c-2", (id) => told.push(id));
    receive(message);
    receive(message);
    receive({ ...message, body: Buffer.from("{}") });
    notices.forget("c-2");

    assert.deepEqual([told, notices.size, invalid], [["m-1"], 0, 1]);
    notices.close();
    assert.equal(stops, 1);
  });
});
