import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodeAnswer,
  encodeFailure,
  encodeReply,
} from "../../../src/cluster/calls/call-answer.ts";
import {
  CallKind,
  type CallRequest,
  decodeCall,
  decodeHead,
  encodeAbort,
  encodeCall,
} from "../../../src/cluster/calls/call-message.ts";

const MAX_BYTES = 10_000;
const CALL: CallRequest = {
  id: "node-1-a",
  kind: CallKind.Ask,
  owner: { type: "cart", keyText: "alice/böb *" },
  generation: 7,
  timeoutMs: 1_500,
  name: "add",
  args: [{ n: 1 }, "ä"],
  mustExist: true,
  senderId: "order/3f-1",
  origin: { requestId: "req-1", connectionId: undefined, caller: { id: "u1", roles: ["admin"] } },
  trace: {
    traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    tracestate: "vendor=1",
    baggage: "tenant=7",
  },
};

function encoded(call: CallRequest, maxBytes = MAX_BYTES): ReturnType<typeof encodeCall> {
  const { args, ...rest } = call;
  return encodeCall(rest, JSON.stringify(args), maxBytes);
}

function decoded(message: ReturnType<typeof encodeCall>): CallRequest {
  return decodeCall(decodeHead(message), message, MAX_BYTES);
}

describe("calls between processes", () => {
  it("arrive as they were sent", () => {
    const { origin, ...rest } = decoded(encoded(CALL));

    const { origin: sent, ...others } = CALL;
    assert.deepEqual(rest, others);
    assert.deepEqual(JSON.parse(JSON.stringify(origin)), JSON.parse(JSON.stringify(sent)));
  });

  it("may have no time-out, sender, request or trace", () => {
    const call = {
      ...CALL,
      kind: CallKind.Tell,
      timeoutMs: undefined,
      senderId: undefined,
      origin: undefined,
      mustExist: false,
      trace: {},
      args: [],
    };

    assert.deepEqual(decoded(encoded(call)), call);
  });

  it("have only headers that the protocol defines, all of them ASCII", () => {
    const { headers } = encoded(CALL);

    assert.deepEqual(Object.keys(headers).sort(), [
      "Ll-Actor",
      "Ll-Gen",
      "Ll-Id",
      "Ll-Kind",
      "Ll-Timeout",
      "Ll-Traceparent",
      "Ll-V",
      "baggage",
      "traceparent",
      "tracestate",
    ]);
    for (const value of Object.values(headers)) assert.match(value, /^[\x20-\x7e]*$/);
  });

  it("are refused if they are larger than the engine takes", () => {
    const call = { ...CALL, args: ["x".repeat(MAX_BYTES)] };

    assert.throws(() => encoded(call), { code: "ERR_ENGINE_TOO_LARGE" });
    assert.throws(() => decodeCall(decodeHead(encoded(call, 1e6)), encoded(call, 1e6), MAX_BYTES), {
      code: "ERR_PROTOCOL_INVALID",
    });
  });

  it("leave out a trace context that is not valid", () => {
    const call = {
      ...CALL,
      trace: { traceparent: "00-zz-b-01", tracestate: "a=1", baggage: "a\r\nb=1" },
    };

    assert.deepEqual(decoded(encoded(call)).trace, {});
  });

  it("can be aborted by their ids", () => {
    const head = decodeHead(encodeAbort(CALL));

    assert.deepEqual(head, { id: CALL.id, kind: CallKind.Abort, owner: CALL.owner });
  });

  it("are refused with a code if they are none of the protocol", () => {
    const message = encoded(CALL);
    const withHeaders = (headers: Record<string, string>): typeof message => {
      return { ...message, headers: { ...message.headers, ...headers } };
    };
    const withBody = (body: unknown): typeof message => {
      return { ...message, body: Buffer.from(JSON.stringify(body)) };
    };
    const invalid = [
      withHeaders({ "Ll-V": "x" }),
      withHeaders({ "Ll-Kind": "other" }),
      withHeaders({ "Ll-Id": "a b" }),
      withHeaders({ "Ll-Actor": "cart" }),
      withHeaders({ "Ll-Gen": "-1" }),
      withHeaders({ "Ll-Timeout": "1e9" }),
      withBody([]),
      withBody({ name: "", args: [] }),
      withBody({ name: "add" }),
      withBody({ name: "add", args: [], sender: 1 }),
      withBody({ name: "add", args: [], origin: { caller: {} } }),
      { ...message, body: Buffer.from([0xff, 0xfe]) },
    ];
    for (const one of invalid) {
      assert.throws(
        () => decoded(one),
        { code: "ERR_PROTOCOL_INVALID" },
        JSON.stringify(one.headers),
      );
    }
    assert.throws(() => decoded(withHeaders({ "Ll-V": "99" })), { code: "ERR_PROTOCOL_VERSION" });
  });
});

describe("answers between processes", () => {
  it("give back a reply, also of nothing", () => {
    const values = [undefined, null, 0, "", { a: [1] }];

    const received = values.map((value) => {
      const text = value === undefined ? undefined : JSON.stringify(value);
      return decodeAnswer(encodeReply(text, MAX_BYTES), MAX_BYTES);
    });

    assert.deepEqual(
      received,
      values.map((value) => ({ kind: "reply", value })),
    );
  });

  it("say of an error whether the message was handled", () => {
    for (const handled of [true, false]) {
      const answer = decodeAnswer(encodeFailure(new TypeError("no"), handled), MAX_BYTES);
      assert.ok(answer.kind === "failed");
      assert.deepEqual([answer.handled, answer.error.message], [handled, "no"]);
    }
  });

  it("are refused with a code if they are none of the protocol", () => {
    const { headers, body } = encodeReply("1", MAX_BYTES);

    assert.throws(() => decodeAnswer({ headers: {}, body }, MAX_BYTES), {
      code: "ERR_PROTOCOL_INVALID",
    });
    const failed = { ...headers, "Ll-Kind": "failed" };
    assert.throws(() => decodeAnswer({ headers: failed, body }, MAX_BYTES), {
      code: "ERR_PROTOCOL_INVALID",
    });
    assert.throws(() => decodeAnswer({ headers, body: new Uint8Array(20_000) }, MAX_BYTES), {
      code: "ERR_PROTOCOL_INVALID",
    });
    assert.throws(() => encodeReply(JSON.stringify("x".repeat(MAX_BYTES)), MAX_BYTES), {
      code: "ERR_ENGINE_TOO_LARGE",
    });
  });
});
