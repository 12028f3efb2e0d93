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
  inbox: undefined,
};

function encoded(call: CallRequest, maxBytes = MAX_BYTES): ReturnType<typeof encodeCall> {
  const { args, ...rest } = call;
  return encodeCall(rest, JSON.stringify(args), maxBytes);
}

function decoded(message: Pick<ReturnType<typeof encodeCall>, "body">): CallRequest {
  const call = decodeCall(message, MAX_BYTES);
  assert.ok(call.kind !== CallKind.Abort);
  return call;
}

/** Returns the properties of a message, some of them replaced; those that are `undefined` are left out. */
function changed(
  { body }: ReturnType<typeof encodeCall>,
  properties: Readonly<Record<string, unknown>>,
): { readonly body: Uint8Array } {
  const fields = JSON.parse(Buffer.from(body).toString()) as object;
  return { body: Buffer.from(JSON.stringify({ ...fields, ...properties })) };
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

  it("are one object of JSON without headers, with the properties that the protocol defines", () => {
    const { headers, body } = encoded({ ...CALL, inbox: "_INBOX.a.b" });

    assert.deepEqual(headers, {});
    assert.deepEqual(JSON.parse(Buffer.from(body).toString()), {
      v: 1,
      kind: "ask",
      id: "node-1-a",
      to: "cart.alice=2Fb=C3=B6b=20=2A",
      gen: 7,
      timeoutMs: 1_500,
      name: "add",
      mustExist: true,
      sender: "order/3f-1",
      origin: { requestId: "req-1", caller: { id: "u1", roles: ["admin"] } },
      inbox: "_INBOX.a.b",
      ...CALL.trace,
      args: CALL.args,
    });
  });

  it("may have texts of users with quotes, and properties that a later release has added", () => {
    const call = { ...CALL, name: 'a","args":[1],"x":"', senderId: 'b"}' };

    assert.deepEqual(decoded(encoded(call)).args, CALL.args);
    assert.equal(decoded(encoded(call)).name, call.name);
    assert.deepEqual(decoded(changed(encoded(CALL), { addedLater: 1 })).args, CALL.args);
  });

  it("are refused if they are larger than the engine takes", () => {
    const call = { ...CALL, args: ["x".repeat(MAX_BYTES)] };

    assert.throws(() => encoded(call), { code: "ERR_ENGINE_TOO_LARGE" });
    assert.throws(() => decodeCall(encoded(call, 1e6), MAX_BYTES), {
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
    const abort = decodeCall(encodeAbort(CALL), MAX_BYTES);

    assert.deepEqual(abort, { kind: CallKind.Abort, id: CALL.id });
  });

  it("are refused with a code if they are none of the protocol", () => {
    const hostile: Readonly<Record<string, readonly unknown[]>> = {
      v: [undefined, "1", 1.5, -1, null, [1], "1e999"],
      kind: [undefined, "other", "toString", "__proto__", 1, ["ask"]],
      id: [undefined, "", "a b", "a.b", "x".repeat(65), 1],
      to: [undefined, "cart", "cart.*", "cart.a.b", ".a", "cart.", 1, ["cart.a"]],
      gen: [undefined, -1, 1.5, "7", 2 ** 53, null],
      timeoutMs: [-1, 1.5, "1e9", null, 2 ** 53],
      name: [undefined, "", "x".repeat(257), 1],
      args: [undefined, {}, "[]", null],
      mustExist: [false, 1, "true", null],
      sender: [1, null, "x".repeat(3_073)],
      origin: [1, null, "x", { caller: {} }, { requestId: 1 }],
      inbox: ["", "a..b", "a.>", "a b", 1, `a${".b".repeat(200)}`],
    };
    for (const [name, values] of Object.entries(hostile)) {
      for (const value of values) {
        assert.throws(
          () => decoded(changed(encoded(CALL), { [name]: value })),
          { code: "ERR_PROTOCOL_INVALID" },
          `${name}: ${JSON.stringify(value)}`,
        );
      }
    }
    const texts = [
      "",
      "[]",
      "null",
      "1",
      `{"v":1`,
      `\uFEFF{"v":1}`,
      `{"v":1e999}`,
      "[".repeat(9_000),
    ];
    for (const body of [...texts.map((text) => Buffer.from(text)), Buffer.from([0xff, 0xfe])]) {
      assert.throws(() => decodeCall({ body }, MAX_BYTES), { code: "ERR_PROTOCOL_INVALID" });
    }
  });

  it("are refused if they are of a version that is not spoken here, regardless of what else they have", () => {
    for (const message of [changed(encoded(CALL), { v: 99 }), { body: Buffer.from(`{"v":0}`) }]) {
      assert.throws(() => decodeCall(message, MAX_BYTES), { code: "ERR_PROTOCOL_VERSION" });
    }
  });

  it("have no properties of a prototype", () => {
    const { body } = encoded({ ...CALL, senderId: undefined });
    const text = Buffer.from(body).toString().replace("{", `{"__proto__":{"sender":"other"},`);

    assert.equal(decoded({ body: Buffer.from(text) }).senderId, undefined);
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
    const texts = ["", "1", "[]", "{}", `{"v":1}`, `{"v":1,"kind":"other"}`];
    const failed = [`{"v":1,"kind":"failed"}`, `{"v":1,"kind":"refused","error":{"code":1}}`];
    for (const text of [...texts, ...failed]) {
      assert.throws(() => decodeAnswer({ body: Buffer.from(text) }, MAX_BYTES), {
        code: "ERR_PROTOCOL_INVALID",
      });
    }
    assert.throws(() => decodeAnswer({ body: Buffer.from(`{"v":2,"kind":"reply"}`) }, MAX_BYTES), {
      code: "ERR_PROTOCOL_VERSION",
    });
    assert.throws(() => decodeAnswer({ body: new Uint8Array(20_000) }, MAX_BYTES), {
      code: "ERR_PROTOCOL_INVALID",
    });
    assert.throws(() => encodeReply(JSON.stringify("x".repeat(MAX_BYTES)), MAX_BYTES), {
      code: "ERR_ENGINE_TOO_LARGE",
    });
  });
});
