import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { commandMessage, readCommand } from "../../../src/cluster/codec/command-codec.ts";
import { deadLetterMessage, readDeadLetter } from "../../../src/cluster/codec/dead-letter.ts";
import { eventMessage, readEvents } from "../../../src/cluster/codec/event-codec.ts";
import {
  decodePlacement,
  encodePlacement,
  hasRunner,
} from "../../../src/cluster/codec/placement-codec.ts";
import { decodeRunner, encodeRunner } from "../../../src/cluster/codec/runner-codec.ts";
import { addressOf } from "../../../src/cluster/protocol/address.ts";
import { type Command, CommandKind, SignalName } from "../../../src/cluster/protocol/commands.ts";
import { EventKind } from "../../../src/cluster/protocol/events.ts";
import {
  PlacementReason,
  PlacementStatus,
} from "../../../src/cluster/protocol/placement-record.ts";
import {
  eventBatch,
  placementRecord,
  runnerRecord,
  stored,
} from "../../_support/cluster-records.ts";

const token = fc.stringMatching(/^[\w-]{1,20}$/);
const address = fc
  .record({ type: token, keyText: fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }) })
  .filter(({ keyText }) => keyText.isWellFormed())
  .map(addressOf);
const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const data = fc
  .jsonValue({ depthSize: "small", noUnicodeString: false })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)));
const time = fc.nat();

function command(at: fc.Arbitrary<Command["checkpoint"]>): fc.Arbitrary<Command> {
  return fc
    .record(
      {
        id: token,
        checkpoint: at,
        signal: fc.constantFrom(...Object.values(SignalName)),
        issuedAtMs: time,
        expiresAtMs: time,
        data,
        reason: token,
      },
      {
        noNullPrototype: true,
        requiredKeys: ["id", "checkpoint", "signal", "issuedAtMs", "expiresAtMs"],
      },
    )
    .map(({ signal, ...rest }) =>
      rest.checkpoint.index === 1
        ? { ...rest, kind: CommandKind.Start }
        : { ...rest, kind: CommandKind.Signal, signal },
    );
}

describe("records of the protocol", () => {
  it("are the same after a command was stored and read", () => {
    const checkpoint = fc.record(
      { address, generation: positive, index: positive },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(command(checkpoint), (given) => {
        assert.deepEqual(readCommand(stored(commandMessage("r-1", given))), given);
      }),
    );
  });

  it("are the same after events were stored and read", () => {
    const kind = fc.constantFrom(...Object.values(EventKind));
    const event = fc.record(
      { kind, atMs: time, data },
      { noNullPrototype: true, requiredKeys: ["kind", "atMs"] },
    );
    const events = fc.tuple(
      fc.integer({ min: 1, max: 2 ** 50 }),
      fc.array(event, { minLength: 1, maxLength: 64 }),
    );
    fc.assert(
      fc.property(address, positive, events, (to, generation, [first, list]) => {
        const batch = {
          ...eventBatch({ address: to, generation }),
          events: list.map((one, at) => ({ ...one, index: first + at })),
        };

        assert.deepEqual(readEvents(stored(eventMessage(batch))), batch);
      }),
    );
  });

  it("are the same after a placement was written and read", () => {
    const outbox = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 4 });
    fc.assert(
      fc.property(
        address,
        positive,
        outbox.chain((indices) =>
          fc.tuple(
            ...indices.map((index) =>
              command(fc.constant({ address: "a.b", generation: 1, index })),
            ),
          ),
        ),
        fc.constantFrom(...Object.values(PlacementStatus)),
        fc.constantFrom(...Object.values(PlacementReason)),
        data,
        (at, generation, commands, status, reason, input) => {
          const record = placementRecord({
            address: at,
            generation,
            status,
            reason,
            runnerId: hasRunner(status) ? "r-1" : undefined,
            commandIndex: 100,
            input,
            outbox: commands.map((one) => ({
              ...one,
              checkpoint: { address: at, generation, index: one.checkpoint.index },
            })),
          });

          assert.deepEqual(decodePlacement(encodePlacement(record)), record);
        },
      ),
    );
  });

  it("are the same after a runner was written and read", () => {
    const key = fc.stringMatching(/^[a-z0-9_.-]{1,20}$/);
    const scalar = fc.oneof(token, fc.integer(), fc.boolean(), fc.constant(null));
    const metadata = fc.dictionary(
      key,
      fc.oneof(scalar, fc.dictionary(key, scalar, { noNullPrototype: true })),
      {
        maxKeys: 8,
        noNullPrototype: true,
      },
    );
    fc.assert(
      fc.property(
        metadata.filter(
          (value) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)),
        ),
        fc.option(fc.nat(), { nil: undefined }),
        (given, capacity) => {
          const record = runnerRecord({ metadata: { ...given }, capacity });

          assert.deepEqual(decodeRunner(encodeRunner(record)), record);
        },
      ),
    );
  });

  it("never make a reader throw anything but a coded error", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const body = Buffer.from(text);
        for (const decode of [
          () => decodePlacement(body),
          () => decodeRunner(body),
          () =>
            readCommand({ subject: "r.a.b", headers: { "Ll-V": "1", "Ll-Kind": "command" }, body }),
        ]) {
          assert.throws(decode, { name: "ClusterError" });
        }
      }),
    );
  });
});

describe("a dead letter", () => {
  it("is the message as it was, with where it came from and why", () => {
    const body = Uint8Array.from([0xff, 0x00]);
    const message = {
      subject: "3.cart.alice",
      headers: { "Ll-V": "9", "Nats-Rollup": "all" },
      body,
      sequence: 12,
      storedAtMs: 0,
      attempt: 6,
    };

    const letter = deadLetterMessage("evt", message, {
      reason: "ERR_PROTOCOL_VERSION",
      text: "version 9\r\nNats-Rollup: all",
    });

    assert.equal(letter.subject, "evt.cart.alice");
    assert.equal(letter.headers["Nats-Rollup"], undefined);
    assert.deepEqual(readDeadLetter(stored(letter)), {
      log: "evt",
      id: "evt:12",
      subject: "3.cart.alice",
      headers: { "Ll-V": "9" },
      body,
      reason: "ERR_PROTOCOL_VERSION",
      text: "version 9??Nats-Rollup: all",
      attempts: 6,
    });
  });

  it("has a subject of its own if that of the message has no address", () => {
    const message = { headers: {}, body: new Uint8Array(), sequence: 1, storedAtMs: 0, attempt: 1 };

    const letter = deadLetterMessage(
      "cmd",
      { ...message, subject: "r" },
      { reason: "x", text: "" },
    );

    assert.equal(letter.subject, "cmd.unknown");
    assert.throws(() => readDeadLetter({ ...message, subject: "cmd.unknown" }), {
      code: "ERR_PROTOCOL_INVALID",
    });
  });
});
