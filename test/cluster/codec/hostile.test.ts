import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commandMessage, readCommand } from "../../../src/cluster/codec/command-codec.ts";
import { eventMessage, readEvents } from "../../../src/cluster/codec/event-codec.ts";
import { readRequest, requestMessage } from "../../../src/cluster/codec/place-codec.ts";
import { decodePlacement, encodePlacement } from "../../../src/cluster/codec/placement-codec.ts";
import { decodeHeartbeat, decodeRunner } from "../../../src/cluster/codec/runner-codec.ts";
import { EventKind } from "../../../src/cluster/protocol/events.ts";
import { LIMITS } from "../../../src/cluster/protocol/limits.ts";
import {
  ADDRESS,
  eventBatch,
  heartbeat,
  placementRecord,
  placeRequest,
  runnerRecord,
  signalCommand,
  startCommand,
} from "../../_support/cluster-records.ts";

const INVALID = { code: "ERR_PROTOCOL_INVALID" };
const VERSION = { code: "ERR_PROTOCOL_VERSION" };
const CANARY = "canary-7d1c";

function bytes(value: unknown): Uint8Array {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

/** Decodes what should be refused. Returns the error; nothing of what was received may be in its message. */
function refusal(decode: () => unknown, expected: { readonly code: string }): void {
  assert.throws(decode, (error: Error & { readonly code?: string }) => {
    assert.equal(error.code, expected.code);
    assert.ok(!error.message.includes(CANARY), error.message);
    assert.ok(error.message.length < 400);
    return true;
  });
}

describe("JSON that was received", () => {
  const texts: Readonly<Record<string, string | Uint8Array>> = {
    "nothing at all": "",
    "not JSON": `{"version":1,"${CANARY}`,
    "a byte order mark": `\uFEFF${JSON.stringify(placementRecord())}`,
    NUL: "\u0000",
    "the text NaN": "NaN",
    null: "null",
    "a number": "1",
    "an array": "[]",
    "invalid UTF-8": Uint8Array.from([0x22, 0xff, 0xfe, 0x22]),
    "100,000 open brackets": "[".repeat(100_000),
    "100,000 nested arrays": "[".repeat(100_000) + "]".repeat(100_000),
    "an escaped quote before deep brackets": `{"a":"\\"","b":${"[".repeat(70)}${"]".repeat(70)}}`,
    "10 MB in one string": JSON.stringify("x".repeat(10_000_000)),
    "a million elements": JSON.stringify(new Array(1_000_000).fill(0)),
  };
  for (const [name, text] of Object.entries(texts)) {
    it(`is refused: ${name}`, () => {
      const received = typeof text === "string" ? Buffer.from(text) : text;

      refusal(() => decodePlacement(received), INVALID);
      refusal(() => decodeRunner(received), INVALID);
      refusal(() => decodeHeartbeat(received), INVALID);
    });
  }

  it("may have brackets in strings, as many as there are", () => {
    const record = placementRecord({ input: "[{".repeat(1_000) });

    assert.deepEqual(decodePlacement(encodePlacement(record)), record);
  });

  it("changes no prototype", () => {
    for (const key of ["__proto__", "constructor", "prototype"]) {
      const text = JSON.stringify(placementRecord({ input: { key: 1 } })).replace(
        `"key":1`,
        `"${key}":{"admin":true}`,
      );
      refusal(() => decodePlacement(bytes(text)), INVALID);
    }
    const topLevel = JSON.stringify(placementRecord()).replace(
      "{",
      `{"__proto__":{"runnerId":"${CANARY}"},`,
    );
    assert.equal(decodePlacement(bytes(topLevel)).runnerId, "r-1");
    assert.equal(({} as { admin?: boolean }).admin, undefined);
  });

  it("counts the last of two equal keys", () => {
    const text = JSON.stringify(heartbeat()).replace("{", '{"sequence":1,');

    assert.equal(decodeHeartbeat(bytes(text)).sequence, 7);
  });
});

describe("fields of records that were received", () => {
  const numbers: readonly unknown[] = [-1, 1.5, 2 ** 53, "1", null, true, [1], {}];
  for (const value of numbers) {
    it(`are refused if a generation or index is ${JSON.stringify(value)}`, () => {
      const placement = placementRecord();
      refusal(() => decodePlacement(bytes({ ...placement, generation: value })), INVALID);
      refusal(() => decodePlacement(bytes({ ...placement, commandIndex: value })), INVALID);
      refusal(() => decodePlacement(bytes({ ...placement, eventIndex: value })), INVALID);
      refusal(() => decodeHeartbeat(bytes({ ...heartbeat(), sequence: value })), INVALID);
    });
  }

  it("are refused if a number is 1e999, and normalised if it is -0", () => {
    const text = JSON.stringify(heartbeat());

    refusal(() => decodeHeartbeat(bytes(text.replace('"actors":12', '"actors":1e999'))), INVALID);
    const beat = decodeHeartbeat(bytes(text.replace('"actors":12', '"actors":-0')));
    assert.ok(Object.is(beat.actors, 0));
  });

  it("are refused if one is missing: nothing is defaulted", () => {
    for (const [record, decode] of [
      [placementRecord(), decodePlacement],
      [runnerRecord(), decodeRunner],
      [heartbeat(), decodeHeartbeat],
    ] as const) {
      for (const name of Object.keys(record)) {
        if (["input", "capacity"].includes(name)) continue;
        const { [name as never]: _left, ...rest } = record;
        const isUsers = name === "labels" || name === "metadata";
        refusal(() => decode(bytes(rest)), isUsers ? { code: "ERR_METADATA_INVALID" } : INVALID);
      }
    }
    refusal(() => decodePlacement(bytes({ ...placementRecord(), runnerId: undefined })), INVALID);
  });

  it("are refused if ids or addresses are not tokens", () => {
    for (const id of [
      "",
      ".",
      "..",
      "*",
      ">",
      "a.b",
      "a b",
      "a\r\nPUB x 0\r\n",
      "$JS.API.STREAM.DELETE.X",
      "x".repeat(65),
      "😀",
      "\u202Ex",
      "\u0000",
      "\ud800",
    ]) {
      refusal(() => decodeHeartbeat(bytes({ ...heartbeat(), runnerId: id })), INVALID);
      if (id !== "a.b") {
        refusal(
          () => decodePlacement(bytes(placementRecord({ address: id, outbox: [] }))),
          INVALID,
        );
      }
    }
    const long = `cart.${"x".repeat(LIMITS.addressLength)}`;
    refusal(() => requestMessage(placeRequest({ address: long })), INVALID);
    refusal(
      () => decodePlacement(bytes(placementRecord({ address: "a.b.c", outbox: [] }))),
      INVALID,
    );
    refusal(
      () => decodePlacement(bytes(placementRecord({ address: "a.=zz", outbox: [] }))),
      INVALID,
    );
  });

  it("are refused if the outbox has a command of another actor, generation or later index", () => {
    for (const change of [{ address: "cart.bob" }, { generation: 2 }, { index: 9 }]) {
      const { checkpoint } = signalCommand();
      const outbox = [signalCommand({ checkpoint: { ...checkpoint, ...change } })];
      refusal(() => decodePlacement(bytes(placementRecord({ outbox }))), INVALID);
    }
    const outbox = new Array(LIMITS.outboxCommands + 1).fill(signalCommand());
    refusal(() => encodePlacement(placementRecord({ outbox })), INVALID);
  });

  it("are refused if a runner speaks no version, or its metadata breaks a rule", () => {
    refusal(
      () => decodeRunner(bytes({ ...runnerRecord(), protocol: { min: 2, max: 1 } })),
      INVALID,
    );
    refusal(
      () => decodeRunner(bytes({ ...runnerRecord(), protocol: { min: 0, max: 1 } })),
      INVALID,
    );
    refusal(() => decodeRunner(bytes({ ...runnerRecord(), metadata: { "a b": CANARY } })), {
      code: "ERR_METADATA_INVALID",
    });
  });

  it("are refused if they are of an unknown version, which is looked at first", () => {
    refusal(() => decodePlacement(bytes({ version: 2, whatever: CANARY })), VERSION);
    refusal(() => decodePlacement(bytes({ version: "1" })), INVALID);
    refusal(() => decodePlacement(bytes({ version: 0 })), INVALID);
  });
});

describe("messages that were received", () => {
  const command = commandMessage("r-1", startCommand());
  const events = eventMessage(eventBatch());

  it("are refused without a known version and kind", () => {
    for (const [version, code] of [
      [undefined, INVALID],
      ["", INVALID],
      ["x", INVALID],
      ["1.0", INVALID],
      ["2", VERSION],
      ["999999", VERSION],
    ] as const) {
      const { "Ll-V": _version, ...rest } = command.headers;
      const headers = version === undefined ? rest : { ...rest, "Ll-V": version };
      refusal(() => readCommand({ ...command, headers }), code);
    }
    refusal(() => readCommand({ ...command, headers: events.headers }), INVALID);
    refusal(() => readEvents({ ...events, headers: command.headers }), INVALID);
    refusal(() => readRequest({ ...requestMessage(placeRequest()), headers: {} }), INVALID);
  });

  it("are refused under the subject of another actor: a captured message cannot be replayed there", () => {
    refusal(() => readCommand({ ...command, subject: "r-1.cart.bob" }), INVALID);
    refusal(() => readEvents({ ...events, subject: "1.cart.bob" }), INVALID);
  });

  it("are refused if a batch has a gap, is empty or has 65 events", () => {
    const event = { kind: EventKind.Running, atMs: 1 };
    const of = (indices: readonly number[]) =>
      eventBatch({ events: indices.map((index) => ({ ...event, index })) });
    for (const indices of [
      [],
      [1, 3],
      [2, 1],
      [1, 1],
      Array.from({ length: 65 }, (_, at) => at + 1),
    ]) {
      refusal(() => eventMessage(of(indices)), INVALID);
      const body = bytes({ ...of(indices) });
      refusal(() => readEvents({ ...events, body }), INVALID);
    }
  });

  it("are refused if a start is not the first of its generation, or a signal has no name", () => {
    refusal(
      () =>
        commandMessage(
          "r-1",
          startCommand({ checkpoint: { address: ADDRESS, generation: 3, index: 2 } }),
        ),
      INVALID,
    );
    const { signal: _name, ...nameless } = signalCommand();
    refusal(() => commandMessage("r-1", nameless), INVALID);
  });

  it("are refused if they are too large, before they are parsed and before they are sent", () => {
    const body = Buffer.alloc(16 * 1024 * 1024, 0x20);
    refusal(() => readCommand({ ...command, body }), INVALID);
    refusal(() => readEvents({ ...events, body }), INVALID);
    refusal(() => readRequest({ ...requestMessage(placeRequest()), body }), INVALID);
    const data = "x".repeat(LIMITS.dataBytes + 1);
    refusal(() => commandMessage("r-1", startCommand({ data })), INVALID);
    refusal(() => requestMessage(placeRequest({ input: data })), INVALID);
  });

  it("are refused before they are sent if JSON would change their data", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    for (const data of [
      Number.NaN,
      Infinity,
      1n,
      () => 1,
      Symbol("s"),
      new Date(0),
      new Map(),
      cycle,
      [undefined],
    ]) {
      refusal(() => commandMessage("r-1", startCommand({ data })), INVALID);
    }
  });

  it("keep a valid trace context only", () => {
    for (const traceparent of [
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
      "x".repeat(55),
    ]) {
      const sent = commandMessage("r-1", startCommand({ traceparent }));
      assert.equal(sent.headers["traceparent"], undefined);
      const headers = { ...command.headers, traceparent, "Ll-Traceparent": traceparent };
      const read = readCommand({ ...command, headers });
      assert.equal(read.traceparent, undefined);
      assert.equal(read.tracestate, undefined);
    }
    const long = commandMessage("r-1", startCommand({ tracestate: "x".repeat(513) }));
    assert.equal(long.headers["tracestate"], undefined);
  });

  it("carry no other headers, regardless of what a server or sender has put there", () => {
    const headers = { ...command.headers, "Nats-Rollup": "all", "Nats-Trace-Dest": CANARY };

    const again = commandMessage("r-2", readCommand({ ...command, headers }));

    assert.deepEqual(again.headers, command.headers);
  });
});
