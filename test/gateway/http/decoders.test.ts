import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findJsonFault } from "../../../src/gateway/expose/json-check.ts";
import { readJsonBody } from "../../../src/gateway/http/body.ts";
import type { Exchange } from "../../../src/gateway/http/exchange.ts";
import { timeOf } from "../../../src/gateway/http/query.ts";
import { HostGuard, HostMatch } from "../../../src/http/host-guard.ts";
import { HttpCode, Refusal } from "../../../src/http/refusal.ts";
import { bearerOf } from "../../../src/http/token.ts";
import { manyAsyncRuns, manyRuns } from "../../_support/many-runs.ts";

const LIMITS = { bodyBytes: 1_000, jsonDepth: 4 };
const SITE = "https://shop.example";

/** Texts of some of these pieces. */
const textsOf = (...pieces: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join(""));

/** Returns what a decoder returns; `undefined` if it refuses its input, which is all that it may throw. */
async function taken<Value>(
  decode: () => Value,
  codes: readonly string[],
): Promise<Awaited<Value> | undefined> {
  try {
    return await decode();
  } catch (error) {
    assert.ok(error instanceof Refusal && codes.includes(error.code), String(error));
    return undefined;
  }
}

describe("a JSON body", () => {
  const documents = fc.constantFrom(
    "null",
    "[]",
    '["é",-0,1.5e3]',
    '{"args":[1],"input":{"a":"b"}}',
    '{"args":[{"constructor":{"name":1}}]}',
    '[{"__proto__":{"admin":true}}]',
    '{"constructor":{"prototype":{}}}',
    "[[[[[]]]]]",
    "[[[[]]]]",
    "[1e999]",
    '["\\ud800","\\u0000"]',
    "\ufeff[]",
    '"x"',
  );
  const splices = fc.tuple(
    fc.nat(20),
    fc.nat(2),
    fc.constantFrom(
      "",
      "",
      "[",
      "]",
      "}",
      ",",
      '"',
      "\\",
      "\xff",
      "\xc3",
      "\xed\xa0\x80",
      "\0",
      " ",
      "9",
    ),
  );
  const bodies = fc.tuple(documents, fc.array(splices, { maxLength: 2 })).map(([text, changes]) => {
    let bytes = Buffer.from(text);
    for (const [at, count, more] of changes) {
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + count)];
      bytes = Buffer.concat([before, Buffer.from(more, "latin1"), after]);
    }
    return bytes;
  });
  const types = fc.constantFrom(
    "application/json",
    "application/json; charset=utf-8",
    "application/jsonx",
    "text/plain",
    undefined,
  );

  /** What a body says; `undefined` if it may not be taken. */
  function expected(bytes: Uint8Array): { readonly value: unknown } | undefined {
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      const value: unknown = JSON.parse(text);
      return findJsonFault(value, LIMITS.jsonDepth) === undefined ? { value } : undefined;
    } catch {
      return undefined;
    }
  }

  it("is what it says, or refused", async (test) => {
    let [read, refused] = [0, 0];
    await manyAsyncRuns(
      test,
      fc.asyncProperty(bodies, types, async (bytes, type) => {
        const exchange = {
          header: (name: string) => (name === "content-type" ? type : undefined),
          readBody: () => Promise.resolve({ bytes: Buffer.from(bytes) }),
        } as Partial<Exchange> as Exchange;
        const isJson = type?.split(";")[0] === "application/json";
        const code = isJson ? HttpCode.BadRequest : HttpCode.MediaType;
        const found = await taken(
          async () => ({ value: await readJsonBody(exchange, LIMITS) }),
          [code],
        );

        assert.deepEqual(found, isJson ? expected(bytes) : undefined);
        if (found === undefined) refused += 1;
        else read += 1;
      }),
    );
    assert.ok(read > 1_000 && refused > 1_000, `${read} read, ${refused} refused`);
  });
});

describe("headers from outside", () => {
  it("have a token, or none", (test) => {
    const texts = textsOf(
      "Bearer",
      "bearer",
      "Basic",
      " ",
      "\t",
      "abc",
      "\u212a",
      "é",
      ",",
      "=",
      "\n",
      "\u00a0",
    );
    manyRuns(
      test,
      fc.property(texts, (authorization) => {
        const token = bearerOf({ authorization });
        if (token === undefined) return;
        const [, scheme = "", rest] = /^(\S+) +(.*)$/su.exec(authorization) ?? [];
        assert.deepEqual([scheme.toLowerCase(), rest], ["bearer", token]);
        assert.equal(/\s/.test(token), false);
      }),
    );
  });

  it("are of the gateway's own host and of sites that may use it, or refused", async (test) => {
    const own = { host: "127.0.0.1", match: HostMatch.Exact, allowedHosts: [], advice: "" };
    const guard = new HostGuard({ ...own, allowedOrigins: [SITE] });
    const port = 8_080;
    const names = textsOf(
      "localhost",
      "127.0.0.1",
      "[::1]",
      "localhost6",
      "0177.0.0.1",
      "evil.example",
      ".",
      ":",
      ":8080",
      "@",
      "LOCALHOST",
    );
    const origins = fc.oneof(
      fc.constantFrom(undefined, SITE, `http://localhost:${port}`, "null"),
      textsOf(SITE, "http://", "https://", "localhost:8080", ".evil.example", "null", ":443", "/"),
    );
    const hosts = fc.oneof(fc.constant(`localhost:${port}`), names);
    const sites = fc.constantFrom(undefined, "same-origin", "cross-site", "none");
    const ownHosts = ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"];
    const ownSites = [SITE, ...ownHosts.flatMap((host) => [`http://${host}`, `https://${host}`])];
    let passed = 0;

    manyRuns(
      test,
      fc.property(hosts, origins, sites, (host, origin, site) => {
        const headers = {
          method: "POST",
          host,
          hosts: 1,
          origin,
          site,
          mode: "cors",
          destination: "empty",
        };
        try {
          guard.requireOwnSite(headers, port);
        } catch (error) {
          assert.ok(error instanceof Refusal);
          return;
        }
        passed += 1;
        assert.ok(ownHosts.includes(host.toLowerCase()), host);
        if (site === "same-origin") return; // by the browser, which knows
        assert.ok(origin === undefined || ownSites.includes(origin.toLowerCase()), origin);
      }),
    );
    assert.ok(passed > 1_000, `${passed} passed`);
  });
});

describe("a time in the query", () => {
  it("is a number of milliseconds within the limit, or refused", (test) => {
    const queries = textsOf(
      "timeoutMs",
      "=",
      "&",
      "1",
      "0",
      "5000",
      "-",
      "e3",
      ".",
      "%31",
      "+",
      "waitMs=7",
    );
    manyRuns(
      test,
      fc.property(queries, (query) => {
        try {
          const ms = timeOf(query, "timeoutMs", 10_000);
          const given = new URLSearchParams(query).getAll("timeoutMs");
          assert.equal(ms, given.length === 0 ? undefined : Math.min(Number(given[0]), 10_000));
          assert.ok(ms === undefined || (Number.isInteger(ms) && ms > 0));
        } catch (error) {
          assert.ok(error instanceof Refusal && error.code === HttpCode.BadRequest, String(error));
        }
      }),
    );
  });
});
