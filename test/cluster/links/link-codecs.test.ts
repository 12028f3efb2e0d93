import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BusMessage } from "../../../src/cluster/engine/bus.ts";
import {
  decodeFrame,
  encodeFrame,
  type LinkFrame,
} from "../../../src/cluster/links/link-frames.ts";
import {
  decodePart,
  encodePart,
  FrameAssembly,
  PartKind,
} from "../../../src/cluster/links/link-parts.ts";
import {
  decodeLinkRequest,
  encodeLinkRequest,
  type LinkRequest,
} from "../../../src/cluster/links/link-requests.ts";
import { LimelightError } from "../../../src/index.ts";

const MAX_BYTES = 1_048_576;
const CANARY = "canary-7d1c";
const EVENT = {
  number: 3,
  event: "said",
  body: '"hello"',
  traceparent: undefined,
  whenSlow: "close",
  only: new Set(["c1"]),
  except: "c2",
} as const;
const FEED = { first: 1, last: 9, positions: ["a.0", "a.1"], evicted: { said: 4 } } as const;

const REQUESTS: readonly LinkRequest[] = [
  {
    kind: "open",
    link: "l-1",
    inbox: "_INBOX.a.b",
    address: "room.a",
    generation: 4,
    timeoutMs: 10,
    mustExist: true,
    request: {
      connectionId: "c1",
      params: { constructor: [1] },
      events: ["said"],
      last: { connectionId: "c0", position: "p" },
    },
    origin: { requestId: "r", caller: { id: "alice" }, connectionId: "c1" },
    trace: { traceparent: "00-1" },
    bytes: 5,
    frames: 6,
  },
  { kind: "subscribe", link: "l-1", connectionId: "c1", events: ["said"] },
  { kind: "unsubscribe", link: "l-1", connectionId: "c1", events: [] },
  { kind: "close", link: "l-1", connectionId: "c1", reason: "client" },
  { kind: "credit", link: "l-1", bytes: 7, frames: 8 },
  { kind: "end", link: "l-1" },
];

const FRAMES: readonly LinkFrame[] = [
  {
    kind: "opened",
    connectionId: "c1",
    formerId: undefined,
    start: 4,
    gap: { reason: "events_lost", missed: undefined },
    feed: FEED,
  },
  {
    kind: "refused",
    connectionId: "c1",
    error: new LimelightError("no", { code: "ERR_ABORTED" }),
    handled: true,
  },
  { kind: "events", first: 1, events: [EVENT] },
  { kind: "direct", connectionId: "c1", event: { ...EVENT, only: undefined, except: undefined } },
  {
    kind: "ended",
    connectionIds: ["c1", "c2"],
    ending: { reason: "actor", again: false, text: undefined },
  },
];

function refused(decode: () => unknown, code = "ERR_PROTOCOL_INVALID"): void {
  assert.throws(decode, (error: Error & { readonly code?: string }) => {
    assert.equal(error.code, code);
    assert.ok(!error.message.includes(CANARY), error.message);
    return true;
  });
}

function bytes(value: unknown): Uint8Array {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

/** The value with one field anywhere in it replaced, for each field. */
function* changed(value: unknown, to: unknown): Generator<unknown> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, entry] of Object.entries(value)) {
    const copy = (inner: unknown): unknown =>
      Array.isArray(value)
        ? value.map((one, at) => (String(at) === key ? inner : one))
        : { ...value, [key]: inner };
    yield copy(to);
    for (const inner of changed(entry, to)) yield copy(inner);
  }
}

const NONE: readonly (string | Uint8Array)[] = [
  "",
  "null",
  "[]",
  "1",
  `"${CANARY}"`,
  "{}",
  `{"kind":"${CANARY}"}`,
  '{"kind":"toString"}',
  '{"kind":"__proto__"}',
  "[".repeat(100_000),
  `{"kind":"events","first":1,"events":${"[".repeat(100)}${"]".repeat(100)}}`,
  Uint8Array.from([0x22, 0xff, 0xfe, 0x22]),
];

describe("requests of links", () => {
  it("are read as they were sent", () => {
    for (const request of REQUESTS) {
      assert.deepEqual(decodeLinkRequest(encodeLinkRequest(request), MAX_BYTES), request);
    }
  });

  it("are refused without a known version and kind, and beyond the size of a message", () => {
    const message = encodeLinkRequest({ kind: "end", link: "l-1" });
    for (const headers of [{}, { ...message.headers, "Ll-Kind": "events" }]) {
      refused(() => decodeLinkRequest({ ...message, headers }, MAX_BYTES));
    }
    const later = { ...message, headers: { ...message.headers, "Ll-V": "2" } };
    refused(() => decodeLinkRequest(later, MAX_BYTES), "ERR_PROTOCOL_VERSION");
    refused(() =>
      decodeLinkRequest({ ...message, body: new Uint8Array(MAX_BYTES + 1) }, MAX_BYTES),
    );
  });

  it("are refused if they are none", () => {
    const { headers } = encodeLinkRequest({ kind: "end", link: "l-1" });
    for (const body of NONE) {
      const message: BusMessage = { headers, body: typeof body === "string" ? bytes(body) : body };
      refused(() => decodeLinkRequest(message, MAX_BYTES));
    }
    for (const link of ["", "a.b", "*", ">", "x".repeat(65), "\ud800"]) {
      refused(() => decodeLinkRequest({ headers, body: bytes({ kind: "end", link }) }, MAX_BYTES));
    }
    for (const inbox of ["", "a b", "a.>", "*", `$JS.API.${CANARY}`, "a..b"]) {
      const body = bytes({ ...REQUESTS[0], inbox });
      refused(() => decodeLinkRequest({ headers, body }, MAX_BYTES));
    }
  });

  it("are refused if a field is of another type or missing: nothing is defaulted", () => {
    for (const request of REQUESTS) {
      const { headers } = encodeLinkRequest(request);
      const { origin: _origin, ...rest } = request as LinkRequest & { readonly origin?: unknown };
      const wrong = [...wrongOf(withoutParams(rest)), ...fewerOf(rest)];
      for (const one of wrong) {
        refused(() => decodeLinkRequest({ headers, body: bytes(one) }, MAX_BYTES));
      }
    }
  });
});

/** Params may be anything. */
function withoutParams(request: object): unknown {
  const { request: connect, ...rest } = request as { readonly request?: object };
  if (connect === undefined) return rest;
  const { params: _params, ...known } = connect as { readonly params?: unknown };
  return { ...rest, request: known };
}

/** The value with a field of another type, in every way. */
function wrongOf(value: unknown): readonly unknown[] {
  return [-1, 1.5, [[]]].flatMap((to) => [...changed(value, to)]);
}

/** The value with one field less, in every way. */
function fewerOf(value: object): readonly unknown[] {
  return Object.keys(value).map((name) => {
    const { [name as never]: _left, ...fewer } = value;
    return fewer;
  });
}

describe("frames of links", () => {
  it("are read as they were sent", () => {
    for (const frame of FRAMES) {
      const read = decodeFrame(encodeFrame(frame));
      if (frame.kind === "refused" && read.kind === "refused") {
        assert.deepEqual({ ...read, error: undefined }, { ...frame, error: undefined });
        assert.equal((read.error as LimelightError).code, "ERR_ABORTED");
      } else assert.deepEqual(read, frame);
    }
  });

  it("are refused if they are none, or if a field is of another type", () => {
    for (const body of NONE) {
      refused(() => decodeFrame(typeof body === "string" ? bytes(body) : body));
    }
    for (const frame of FRAMES) {
      // What an error has is read as far as it is understood.
      const { error: _error, ...json } = JSON.parse(Buffer.from(encodeFrame(frame)).toString());
      for (const wrong of wrongOf(json)) refused(() => decodeFrame(bytes(wrong)));
    }
    const event = JSON.parse(Buffer.from(encodeFrame(FRAMES[2] as LinkFrame)).toString()).events[0];
    refused(() =>
      decodeFrame(bytes({ kind: "events", first: 1, events: new Array(65).fill(event) })),
    );
    for (const change of [{ whenSlow: "never" }, { event: "" }, { event: "x".repeat(257) }]) {
      refused(() =>
        decodeFrame(bytes({ kind: "events", first: 1, events: [{ ...event, ...change }] })),
      );
    }
    assert.equal(({} as { admin?: boolean }).admin, undefined);
  });
});

describe("parts of links", () => {
  const part = encodePart({ kind: PartKind.Last, number: 1, bytes: Buffer.from("x") });

  it("are put together, up to a limit", () => {
    const assembly = new FrameAssembly();
    const chunk = new Uint8Array(65_536);
    const add = (kind: PartKind, content: Uint8Array): Uint8Array | undefined =>
      assembly.add(decodePart(encodePart({ kind, number: 1, bytes: content })));

    assert.equal(add(PartKind.More, bytes("a")), undefined);
    assert.equal(Buffer.from(add(PartKind.Last, bytes("b")) ?? []).toString(), "ab");
    assert.equal(Buffer.from(add(PartKind.Last, bytes("c")) ?? []).toString(), "c");
    refused(() => {
      for (let at = 0; at < 1_000; at += 1) add(PartKind.More, chunk);
    });
  });

  it("are refused without a version, kind and number that are some, and with another size", () => {
    for (const [name, values] of [
      ["Ll-V", ["", "x", "1.0"]],
      ["Ll-Kind", ["", "link", "toString"]],
      ["Ll-Frame", ["", "-1", "1.5", "01", "9".repeat(16)]],
    ] as const) {
      for (const value of values) {
        refused(() => decodePart({ ...part, headers: { ...part.headers, [name]: value } }));
      }
      const { [name]: _left, ...rest } = part.headers;
      refused(() => decodePart({ ...part, headers: rest }));
    }
    refused(() => decodePart({ ...part, body: new Uint8Array() }));
    refused(() => decodePart({ ...part, body: new Uint8Array(65_537) }));
    const alive = encodePart({ kind: PartKind.Alive, number: 1, bytes: bytes("x") });
    refused(() => decodePart(alive));
  });
});
