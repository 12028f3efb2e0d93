import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { commandMessage, readCommand } from "../../../src/cluster/codec/command-codec.ts";
import { eventMessage, readEvents } from "../../../src/cluster/codec/event-codec.ts";
import {
  answerMessage,
  readAnswer,
  readRequest,
  requestMessage,
} from "../../../src/cluster/codec/place-codec.ts";
import { decodePlacement, encodePlacement } from "../../../src/cluster/codec/placement-codec.ts";
import {
  decodeHeartbeat,
  decodeRunner,
  encodeHeartbeat,
  encodeRunner,
} from "../../../src/cluster/codec/runner-codec.ts";
import type { MessageHeaders } from "../../../src/cluster/engine/log.ts";
import {
  eventBatch,
  heartbeat,
  placementRecord,
  placeRequest,
  runnerRecord,
  signalCommand,
  signalRequest,
  startCommand,
} from "../../_support/cluster-records.ts";

/** What one golden file has: everything of a message that travels. */
interface Golden {
  readonly id?: string;
  readonly subject?: string;
  readonly headers?: MessageHeaders;
  readonly body: unknown;
}

interface Codec {
  readonly value: unknown;
  write(): { readonly body: Uint8Array } & Omit<Golden, "body">;
  read(golden: Golden, body: Uint8Array, range?: { min: number; max: number }): unknown;
}

const message = ({ subject = "", headers = {} }: Golden, body: Uint8Array) => ({
  subject,
  headers,
  body,
});
const placed = { kind: "placed", runnerId: "r-1", generation: 3, status: "running" } as const;
const refused = { kind: "refused", code: "ERR_NO_RUNNER", text: "no runner" } as const;

const codecs: Readonly<Record<string, Codec>> = {
  "command-start": {
    value: startCommand(),
    write: () => commandMessage("r-1", startCommand()),
    read: (golden, body, range) => readCommand(message(golden, body), range),
  },
  "command-signal": {
    value: signalCommand(),
    write: () => commandMessage("r-1", signalCommand()),
    read: (golden, body, range) => readCommand(message(golden, body), range),
  },
  events: {
    value: eventBatch(),
    write: () => eventMessage(eventBatch()),
    read: (golden, body, range) => readEvents(message(golden, body), range),
  },
  placement: {
    value: placementRecord(),
    write: () => ({ body: encodePlacement(placementRecord()) }),
    read: (_golden, body, range) => decodePlacement(body, range),
  },
  runner: {
    value: runnerRecord(),
    write: () => ({ body: encodeRunner(runnerRecord()) }),
    read: (_golden, body, range) => decodeRunner(body, range),
  },
  heartbeat: {
    value: heartbeat(),
    write: () => ({ body: encodeHeartbeat(heartbeat()) }),
    read: (_golden, body, range) => decodeHeartbeat(body, range),
  },
  place: {
    value: placeRequest(),
    write: () => requestMessage(placeRequest()),
    read: (golden, body, range) => readRequest(message(golden, body), range),
  },
  signal: {
    value: signalRequest(),
    write: () => requestMessage(signalRequest()),
    read: (golden, body, range) => readRequest(message(golden, body), range),
  },
  "answer-placed": {
    value: placed,
    write: () => answerMessage(placed),
    read: (golden, body, range) => readAnswer(message(golden, body), range),
  },
  "answer-refused": {
    value: refused,
    write: () => answerMessage(refused),
    read: (golden, body, range) => readAnswer(message(golden, body), range),
  },
};

function goldenOf(name: string): Golden {
  return JSON.parse(readFileSync(`${import.meta.dirname}/golden/v1-${name}.json`, "utf8"));
}

function bytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** Adds a field that version 1 does not know, at every level of protocol objects. */
function withUnknownFields(body: unknown): unknown {
  return { ...(body as object), laterField: { deep: [1] } };
}

for (const [name, codec] of Object.entries(codecs)) {
  describe(`version 1 of ${name}`, () => {
    it("is written as in the golden file", () => {
      const { body, ...rest } = codec.write();

      const written = { ...rest, body: JSON.parse(Buffer.from(body).toString()) };

      assert.deepEqual(written, goldenOf(name));
    });

    it("is read from the golden file", () => {
      const golden = goldenOf(name);

      assert.deepEqual(codec.read(golden, bytes(golden.body)), codec.value);
    });

    it("is read if a later minor release has added fields, which are ignored", () => {
      const golden = goldenOf(name);

      const read = codec.read(golden, bytes(withUnknownFields(golden.body)));

      assert.deepEqual(read, codec.value);
    });

    it("is read by a release whose own version is 2, for one minor release", () => {
      const golden = goldenOf(name);

      assert.deepEqual(codec.read(golden, bytes(golden.body), { min: 1, max: 2 }), codec.value);
      assert.throws(() => codec.read(golden, bytes(golden.body), { min: 2, max: 3 }), {
        code: "ERR_PROTOCOL_VERSION",
      });
    });

    it("is refused if its version is 2", () => {
      const golden = goldenOf(name);
      const later: Golden =
        golden.headers === undefined
          ? { body: { ...(golden.body as object), version: 2 } }
          : { ...golden, headers: { ...golden.headers, "Ll-V": "2" } };

      assert.throws(() => codec.read(later, bytes(later.body)), { code: "ERR_PROTOCOL_VERSION" });
    });
  });
}
