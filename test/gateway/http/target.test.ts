import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { splitTarget, TargetFault } from "../../../src/gateway/http/target.ts";
import { decodeKeySegment, encodeKeySegment } from "../../../src/wire/actor-path.ts";
import { manyRuns } from "../../_support/many-runs.ts";

const { Malformed, Elsewhere } = TargetFault;

describe("a request target", () => {
  it("is split and not decoded", () => {
    assert.deepEqual(splitTarget("/actors/room/a%2Cb,c/ask/say?timeoutMs=5&x", ""), {
      segments: ["actors", "room", "a%2Cb,c", "ask", "say"],
      query: "timeoutMs=5&x",
    });
    assert.deepEqual(splitTarget("/", ""), { segments: [], query: undefined });
    assert.deepEqual(splitTarget("/livez?", ""), { segments: ["livez"], query: "" });
  });

  it("is that of the gateway below its base path only", () => {
    assert.deepEqual(splitTarget("/api/livez", "/api"), { segments: ["livez"], query: undefined });
    assert.deepEqual(splitTarget("/api", "/api"), { segments: [], query: undefined });
    assert.deepEqual(splitTarget("/api?x", "/api"), { segments: [], query: "x" });
    for (const other of [
      "/",
      "/apis/livez",
      "/API/livez",
      "//api/livez",
      "/a%70i/livez",
      "/other/../api/livez",
    ]) {
      assert.equal(splitTarget(other, "/api"), Elsewhere, other);
    }
  });

  it("is refused where it could be read in two ways", () => {
    const odd = [
      "//livez",
      "/actors//x",
      "/livez/",
      "/./livez",
      "/../livez",
      "/a/..",
      "/a/%2e%2e/livez",
      "/%2E/livez",
      "/.%2e/x",
      "/a\\b",
      "/a#b",
      "/%",
      "/%zz",
      "/%0",
      "/a b",
      "/é",
      "/\x7f",
      "/a\0",
      "http://evil.example/livez",
      "*",
      "livez",
      "",
      "/livez?%",
    ];
    for (const target of odd)
      assert.equal(splitTarget(target, ""), Malformed, JSON.stringify(target));
  });

  it("is taken apart into what `URL` finds, or refused", (test) => {
    const pieces = fc.constantFrom(
      "/",
      "a",
      "..",
      ".",
      "%2e",
      "%2F",
      "%",
      "\\",
      "?",
      "#",
      "é",
      "\0",
      " ",
      "actors",
      "%00",
      ",",
      "//",
      "~",
    );
    const targets = fc.array(pieces, { maxLength: 10 }).map((parts) => `/${parts.join("")}`);

    manyRuns(
      test,
      fc.property(targets, (target) => {
        const found = splitTarget(target, "");
        if (typeof found === "string") return;
        const url = new URL(target, "http://localhost");
        assert.equal(url.pathname, `/${found.segments.join("/")}`);
        assert.equal(
          url.search,
          found.query === undefined || found.query === "" ? "" : `?${found.query}`,
        );
      }),
    );
  });
});

describe("the key in a path", () => {
  it("is the same after its way through a URL, and never another segment", (test) => {
    const parts = fc
      .array(
        fc.oneof(
          fc.string({ unit: "binary", maxLength: 4 }),
          fc.constantFrom("", ".", "..", ",", "/", "%", "\\", "%2e"),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .filter((list) => list.every((part) => part.isWellFormed()));

    manyRuns(
      test,
      fc.property(parts, (key) => {
        const path = `/actors/room/${encodeKeySegment(key)}/ask/say`;
        const url = new URL(path, "http://localhost");
        const found = splitTarget(url.pathname, "");
        assert.ok(typeof found !== "string");
        assert.equal(found.segments.length, 5);
        const expected = key.includes("") ? undefined : key;
        assert.deepEqual(decodeKeySegment(found.segments[2] ?? ""), expected);
      }),
    );
  });
});
