import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  headOfRequest,
  headOfResponse,
  readRequestHead,
  requestOf,
  responseOf,
} from "../../../src/cluster/calls/request-head.ts";

const CANARY = "canary-7d1c";
const REST = { inbox: "_INBOX.a.b", bytes: 10, frames: 2 };
const { signal } = new AbortController();

function bodyOf(text: string): ReadableStream<Uint8Array> {
  return new Response(text).body as ReadableStream<Uint8Array>;
}

function refused(read: () => unknown): void {
  assert.throws(read, (error: Error & { readonly code?: string }) => {
    assert.equal(error.code, "ERR_PROTOCOL_INVALID");
    assert.ok(!error.message.includes(CANARY), error.message);
    return true;
  });
}

describe("the head of a request", () => {
  const given = new Request("https://shop.example/a%20b?x=1#part", {
    method: "POST",
    body: "x",
    headers: [
      ["x-name", "caf\u00e9\tau lait"],
      ["accept", "a"],
      ["accept", "b"],
    ],
  });
  const head = JSON.parse(JSON.stringify(headOfRequest(given, REST)));

  it("makes the same request in another process", async () => {
    const made = requestOf(readRequestHead(head), bodyOf("body"), signal);

    assert.deepEqual([made.method, made.url], [given.method, given.url]);
    assert.deepEqual([...made.headers], [...given.headers]);
    assert.equal(await made.text(), "body");
    const get = headOfRequest(new Request("http://a.example"), REST);
    assert.equal(requestOf(get, bodyOf("unused"), signal).body, null);
  });

  it("is refused if anything of it is wrong or missing, and nothing is defaulted", () => {
    for (const name of Object.keys(head)) {
      const { [name]: _left, ...rest } = head;
      refused(() => readRequestHead(rest));
    }
    const wrong: readonly (readonly [string, readonly unknown[]])[] = [
      ["method", ["", "get", "A B", "GET\r\nX: y", 1, "X".repeat(33)]],
      ["url", ["", "/path", CANARY, 1, `http://a.example/${"x".repeat(65_536)}`, "\ud800"]],
      ["hasBody", [undefined, "true", 1]],
      ["inbox", ["", "a b", "a.>", "*", `$JS.API.${CANARY}`, "a..b", ".a", "x".repeat(257)]],
      ["bytes", [-1, 1.5, "1", 2 ** 53, null]],
      ["frames", [-1, 1.5, "1", 2 ** 53, null]],
      [
        "headers",
        [
          null,
          {},
          ["name"],
          ["", "value"],
          ["a b", CANARY],
          ["a\r\nb", "value"],
          ["name", "a\r\nb: c"],
          ["name", "a\0"],
          ["name", "\u0100"],
          ["name", 1],
          new Array(4_096).fill("x"),
        ],
      ],
    ];
    for (const [name, values] of wrong) {
      for (const value of values) refused(() => readRequestHead({ ...head, [name]: value }));
    }
    for (const value of [null, [], "x", 1, new Map()]) refused(() => readRequestHead(value));
  });

  it("is refused if there can be no such request", () => {
    for (const change of [
      { method: "CONNECT" },
      { method: "TRACE" },
      { url: `http://user:${CANARY}@a.example/` },
      { method: "GET", hasBody: true },
    ]) {
      refused(() => requestOf(readRequestHead({ ...head, ...change }), bodyOf("x"), signal));
    }
  });
});

describe("the head of a response", () => {
  it("makes the same response in another process", async () => {
    const headers = new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-name", "\u00e9"],
    ]);
    const given = new Response("x", { status: 599, statusText: "Odd One", headers });

    const head = JSON.parse(JSON.stringify(headOfResponse(given)));
    const made = responseOf(head, bodyOf("body"));

    assert.deepEqual([made.status, made.statusText], [599, "Odd One"]);
    assert.deepEqual(made.headers.getSetCookie(), ["a=1", "b=2"]);
    assert.equal(made.headers.get("x-name"), "\u00e9");
    assert.equal(await made.text(), "body");
    const empty = headOfResponse(new Response(null, { status: 204 }));
    assert.equal(responseOf(empty, bodyOf("unused")).body, null);
  });

  it("cannot be that of an error", () => {
    assert.throws(() => headOfResponse(Response.error()), { code: "ERR_INVALID_OPTION" });
  });

  it("is refused if anything of it is wrong or missing", () => {
    const head = headOfResponse(new Response("x", { headers: { a: "b" } }));
    for (const name of Object.keys(head)) {
      const { [name as never]: _left, ...rest } = head;
      refused(() => responseOf(rest, bodyOf("")));
    }
    for (const change of [
      { status: 199 },
      { status: 600 },
      { status: 101 },
      { status: "200" },
      { statusText: "a\r\nb" },
      { statusText: "\u0100" },
      { hasBody: 1 },
      { status: 204 }, // with a body
      { headers: ["a"] },
      { headers: ["a", "\r\n"] },
    ]) {
      refused(() => responseOf({ ...head, ...change }, bodyOf("")));
    }
  });
});
