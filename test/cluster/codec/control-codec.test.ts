import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  controlAnswer,
  controlMessage,
  readControl,
  readControlAnswer,
} from "../../../src/cluster/codec/control-codec.ts";
import type { BusMessage } from "../../../src/cluster/engine/bus.ts";
import type { ControlAnswer, ControlRequest } from "../../../src/cluster/protocol/control.ts";

const REQUESTS: readonly ControlRequest[] = [
  { kind: "resend", address: "cart.alice", generation: 3, fromIndex: 2 },
  { kind: "report", address: "cart.alice" },
];
const ANSWERS: readonly ControlAnswer[] = [
  { kind: "resent", count: 2 },
  {
    kind: "report",
    runnerId: "r-1",
    address: "cart.alice",
    status: "running",
    generation: 3,
    commandIndex: 2,
    eventIndex: 1,
  },
  { kind: "refused", code: "ERR_PLACEMENT_OVERLOADED", text: "too many" },
];

function changed(message: BusMessage, change: object): BusMessage {
  const body = { ...JSON.parse(Buffer.from(message.body).toString("utf8")), ...change };
  return { headers: message.headers, body: Buffer.from(JSON.stringify(body)) };
}

const INVALID = { code: "ERR_PROTOCOL_INVALID" };

describe("a request to a runner", () => {
  it("is read as it was written", () => {
    for (const request of REQUESTS) assert.deepEqual(readControl(controlMessage(request)), request);
    for (const answer of ANSWERS) {
      assert.deepEqual(readControlAnswer(controlAnswer(answer)), answer);
    }
  });

  it("has a body that never changes", () => {
    const bodies = [...REQUESTS.map(controlMessage), ...ANSWERS.map(controlAnswer)].map(
      ({ headers, body }) => [headers["Ll-Kind"], Buffer.from(body).toString("utf8")],
    );

    assert.deepEqual(bodies, [
      ["control", '{"kind":"resend","address":"cart.alice","generation":3,"fromIndex":2}'],
      ["control", '{"kind":"report","address":"cart.alice"}'],
      ["control_answer", '{"kind":"resent","count":2}'],
      [
        "control_answer",
        '{"kind":"report","runnerId":"r-1","address":"cart.alice","status":"running","generation":3,"commandIndex":2,"eventIndex":1}',
      ],
      ["control_answer", '{"kind":"refused","code":"ERR_PLACEMENT_OVERLOADED","text":"too many"}'],
    ]);
  });

  it("is refused if anything of it is not of the protocol", () => {
    const message = controlMessage({ ...REQUESTS[0] } as ControlRequest);
    const wrong: readonly object[] = [
      { kind: "restart" },
      { generation: 0 },
      { generation: 1.5 },
      { fromIndex: 0 },
      { address: "cart" },
      { address: "cart.>" },
    ];

    for (const change of wrong) {
      assert.throws(() => readControl(changed(message, change)), INVALID, JSON.stringify(change));
    }
    const { body } = message;
    assert.throws(() => readControl({ headers: {}, body }), INVALID);
    const headers = { ...message.headers, "Ll-V": "2" };
    assert.throws(() => readControl({ headers, body }), { code: "ERR_PROTOCOL_VERSION" });
  });

  it("is not taken for another kind of message", () => {
    const answer = controlAnswer({ kind: "resent", count: 0 });

    assert.throws(() => readControl(answer), INVALID);
    assert.throws(
      () => readControlAnswer(controlMessage({ kind: "report", address: "a.b" })),
      INVALID,
    );
  });
});
