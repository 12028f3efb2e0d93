import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import type { Credentials } from "../../../src/gateway/call/authenticate.ts";
import type { GatewayOptions } from "../../../src/gateway/gateway-options.ts";
import { ManualClock } from "../../../src/testing.ts";
import { codeOf, type GatewayKit, openKit, post } from "../../_support/gateway-kit.ts";
import { exchange, rawRequest } from "../../_support/raw-http.ts";

const TOKEN = "correct-horse-battery";
const ALICE = { id: "alice", roles: ["customer"] };
const TOKENS = { auth: { [TOKEN]: ALICE, "another-token-of-16": { id: "bob" } } };
const NO_LIMIT = { limits: { authFailuresPerMinute: 1_000 } };
const ASK = "/actors/cart/a/ask/add";

function ask(kit: GatewayKit, authorization?: string): Promise<Response> {
  const headers = authorization === undefined ? {} : { authorization };
  return post(kit.url + ASK, [], headers);
}

describe("a gateway with tokens", () => {
  it("gives calls their caller", async () => {
    await using kit = await openKit({ gateway: TOKENS });

    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      assert.equal((await ask(kit, `${scheme} ${TOKEN}`)).status, 200, scheme);
    }
    assert.equal((await ask(kit, "Bearer another-token-of-16")).status, 200);

    assert.deepEqual(
      kit.calls.map(({ caller }) => caller?.id),
      ["alice", "alice", "alice", "bob"],
    );
    assert.deepEqual(kit.calls[0]?.caller, ALICE);
  });

  it("refuses everything else with 401, and wakes nothing", async () => {
    await using kit = await openKit({ gateway: { ...TOKENS, ...NO_LIMIT } });
    const rows = [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      `Bearer ${TOKEN.slice(0, -1)}x`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(0, 5)}`,
      `Basic ${TOKEN}`,
      TOKEN,
      `Bearer ${createHash("sha256").update(TOKEN).digest("hex")}`,
      `Bearer ${TOKEN} ${TOKEN}`,
      `Bearer  `,
      `Bearer "${TOKEN}"`,
      `Bearer ${TOKEN.replace("o", "0")}`,
      `Bearer ${TOKEN.toUpperCase()}`,
      "Bearer __proto__",
      "Bearer constructor",
      `Bearer corr\u00e9ct-horse-battery`,
    ];
    for (const row of rows) {
      const response = await ask(kit, row);
      assert.deepEqual(
        [response.status, response.headers.get("www-authenticate"), await codeOf(response)],
        [401, "Bearer", "ERR_TOKEN"],
        row,
      );
    }
    const inQuery = await post(`${kit.url}${ASK}?token=${TOKEN}&access_token=${TOKEN}`, []);
    assert.equal(inQuery.status, 401);
    assert.deepEqual(kit.calls, []);
    assert.doesNotMatch(JSON.stringify(kit.lines), /correct-horse/);
  });

  it("accepts a trailing space, which the parser removes, and refuses two tokens or a huge one", async () => {
    await using kit = await openKit({ gateway: TOKENS });
    const { port } = kit;
    const send = async (...authorizations: string[]): Promise<number | undefined> => {
      const headers = [
        `Host: localhost:${port}`,
        "Content-Type: application/json",
        "Content-Length: 2",
        "Connection: close",
      ];
      const all = [...headers, ...authorizations.map((value) => `Authorization: ${value}`)];
      return (await exchange(port, rawRequest(ASK, all, { method: "POST", body: "[]" })))
        .statuses[0];
    };

    assert.equal(await send(`Bearer ${TOKEN} \t`), 200);
    assert.equal(await send(`Bearer ${TOKEN}`, `Bearer ${TOKEN}`), 400);
    assert.equal(await send(`Bearer ${TOKEN}`, "Bearer wrong"), 400);
    assert.equal(await send(`Bearer ${"x".repeat(1_048_576)}`), 431);
  });

  it("does not look at tokens of an address that has sent ten wrong ones in a minute", async () => {
    const clock = new ManualClock();
    let address = "1.1.1.1";
    await using kit = await openKit({
      system: { clock },
      gateway: { ...TOKENS, clientAddress: () => address },
    });
    for (let attempt = 0; attempt < 10; attempt += 1) {
      assert.equal((await ask(kit, `Bearer wrong-${attempt}`)).status, 401);
    }
    assert.equal((await ask(kit)).status, 429, "also without a token");

    const correct = await ask(kit, `Bearer ${TOKEN}`);

    assert.deepEqual(
      [correct.status, correct.headers.get("retry-after"), await codeOf(correct)],
      [429, "60", "ERR_RATE_LIMITED"],
    );
    address = "2.2.2.2";
    assert.equal((await ask(kit, `Bearer ${TOKEN}`)).status, 200);
    address = "1.1.1.1";
    await clock.advance(60_000);
    assert.equal((await ask(kit, `Bearer ${TOKEN}`)).status, 200);
  });

  it("looks at ten tokens of 10,000 wrong ones, and writes a line or two", async () => {
    let looks = 0;
    const auth = (): undefined => {
      looks += 1;
    };
    await using kit = await openKit({ gateway: { auth, clientAddress: () => "1.1.1.1" } });
    const statuses = new Map<number, number>();

    for (let attempt = 0; attempt < 10_000; attempt += 1) {
      const headers = {
        "content-type": "application/json",
        authorization: `Bearer wrong-${attempt}`,
      };
      const request = { method: "POST", body: "[]", headers };
      const { status } = await kit.gateway.fetch(new Request(kit.url + ASK, request));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }

    assert.deepEqual(
      [...statuses],
      [
        [401, 10],
        [429, 9_990],
      ],
    );
    assert.equal(looks, 10);
    assert.ok(kit.lines.filter(({ event }) => event === "gateway.refused").length < 20);
    assert.deepEqual(kit.calls, []);
  });

  it("refuses a caller whose time is over", async () => {
    const clock = new ManualClock();
    const expiresAtMs = clock.epochMs() + 1_000;
    await using kit = await openKit({
      system: { clock },
      gateway: { auth: { [TOKEN]: { id: "alice", expiresAtMs } } },
    });

    const before = await ask(kit, `Bearer ${TOKEN}`);
    await clock.advance(1_000);
    const afterwards = await ask(kit, `Bearer ${TOKEN}`);

    assert.deepEqual([before.status, afterwards.status], [200, 401]);
  });

  it("gives no way to change the caller of later requests", async () => {
    const auth = { [TOKEN]: { id: "alice", roles: ["reader"], claims: { shops: ["one"] } } };
    await using kit = await openKit({ gateway: { auth } });

    await ask(kit, `Bearer ${TOKEN}`);

    const caller = kit.calls[0]?.caller as unknown as (typeof auth)[typeof TOKEN];
    assert.throws(() => caller.roles.push("admin"), TypeError);
    assert.throws(() => Object.assign(caller.claims, { shops: [] }), TypeError);
    assert.throws(() => caller.claims.shops.push("two"), TypeError);
  });

  it("counts the wrong tokens of the connection where `clientAddress` returns no address", async () => {
    for (const clientAddress of [
      () => undefined,
      () => null,
      async () => "1.1.1.1",
      () => Promise.reject(new Error("address")),
    ] as never[]) {
      const addresses: string[] = [];
      const auth = ({ address }: { readonly address: string }): undefined => {
        addresses.push(address);
      };
      await using kit = await openKit({ gateway: { auth, clientAddress } });

      await ask(kit);

      assert.deepEqual(addresses, ["127.0.0.1"]);
    }
  });

  it("needs no token for probes, and for less of the metadata", async () => {
    await using kit = await openKit({ gateway: TOKENS });
    const get = (path: string, headers = {}): Promise<Response> =>
      fetch(kit.url + path, { headers });
    const authorization = `Bearer ${TOKEN}`;
    const keysOf = async (response: Response): Promise<string[]> =>
      Object.keys((await response.json()) as object);

    assert.deepEqual(
      [
        (await get("/livez")).status,
        (await get("/readyz")).status,
        (await get("/openapi.json")).status,
      ],
      [200, 200, 401],
    );
    assert.deepEqual(await keysOf(await get("/metadata")), ["runtime", "protocols", "limits"]);
    assert.deepEqual(await keysOf(await get("/metadata", { authorization })), [
      "runtime",
      "protocols",
      "limits",
      "version",
      "types",
    ]);
    assert.equal((await get("/metadata", { authorization: "Bearer wrong" })).status, 401);
    assert.equal((await get("/openapi.json", { authorization })).status, 200);
  });
});

describe("a gateway with a function", () => {
  it("gives it what the client has sent, and takes the caller from it", async () => {
    const seen: Credentials[] = [];
    await using kit = await openKit({
      gateway: {
        auth: (credentials) => {
          seen.push(credentials);
          return Promise.resolve({ id: credentials.headers.get("x-user") ?? "" });
        },
      },
    });

    const response = await post(kit.url + ASK, [], {
      authorization: "Bearer abc",
      "x-user": "carol",
    });

    assert.equal(response.status, 200);
    assert.equal(kit.calls[0]?.caller?.id, "carol");
    const [{ token, address, transport } = {}] = seen;
    assert.deepEqual([token, address, transport], ["abc", "127.0.0.1", "http"]);
  });

  it("answers 401 where it knows no caller, and 503 where it throws or returns what is no caller", async () => {
    const results: (() => unknown)[] = [
      () => undefined,
      () => Promise.resolve(undefined),
      () => {
        throw new Error("swordfish");
      },
      () => Promise.reject(new Error("swordfish")),
      () => ({ id: "" }),
      () => ({ name: "alice" }),
      () => ({ id: "a", claims: { text: "x".repeat(5_000) } }),
      () => null,
      () => true,
    ];
    await using kit = await openKit({
      gateway: { auth: () => results.shift()?.() as never, ...NO_LIMIT },
    });
    const found: string[] = [];
    while (results.length > 0) {
      const response = await ask(kit, "Bearer abc");
      const text = await response.text();
      assert.doesNotMatch(text, /swordfish/);
      found.push(`${response.status} ${/ERR_\w+/.exec(text)?.[0]}`);
    }

    const unavailable = "503 ERR_AUTH_UNAVAILABLE";
    assert.deepEqual(found, ["401 ERR_TOKEN", "401 ERR_TOKEN", ...Array(7).fill(unavailable)]);
    const failed = kit.lines.filter(({ event }) => event === "gateway.auth_failed");
    assert.equal(failed.length, 7);
    assert.deepEqual(kit.calls, []);
  });

  it("answers 503 where it takes longer than it may", async () => {
    const clock = new ManualClock();
    let asked = (): void => {};
    const called = new Promise<void>((resolve) => {
      asked = resolve;
    });
    await using kit = await openKit({
      system: { clock },
      gateway: {
        auth: () => {
          asked();
          return new Promise(() => {});
        },
      },
    });

    const pending = ask(kit, "Bearer abc");
    await called;
    await clock.advance(5_000);

    assert.equal((await pending).status, 503);
  });
});

describe("the option `auth`", () => {
  it("is refused where it could not work", async () => {
    const odd: unknown[] = [
      {},
      { short: ALICE },
      { "token with a space": ALICE },
      { [TOKEN]: {} },
      { [TOKEN]: { id: "" } },
      { [TOKEN]: { id: "a", roles: "admin" } },
      "everyone",
      5,
      null,
      { [TOKEN]: null },
      { [TOKEN]: { id: "a", claims: { a: "x".repeat(5_000) } } },
    ];
    for (const auth of odd) {
      await assert.rejects(
        openKit({ gateway: { auth } as Partial<GatewayOptions> }),
        { code: "ERR_INVALID_OPTION" },
        JSON.stringify(auth),
      );
    }
  });

  it("is needed where others can reach the gateway", async () => {
    const exposed: Partial<GatewayOptions>[] = [
      { host: "0.0.0.0" },
      { host: "::" },
      { host: "10.0.0.1" },
      { allowedHosts: ["shop.example"] },
      { allowedHosts: ["127.0.0.1.nip.io"] },
      { port: undefined as never, allowedHosts: ["shop.example:8443"] },
    ];
    for (const gateway of exposed) {
      await assert.rejects(
        openKit({ gateway }),
        { code: "ERR_GATEWAY_EXPOSED" },
        JSON.stringify(gateway),
      );
    }
    for (const gateway of [
      { host: "0.0.0.0", auth: "anyone" },
      { allowedHosts: ["localhost:8080", "127.0.0.1"] },
    ] as const) {
      await (await openKit({ gateway }))[Symbol.asyncDispose]();
    }
  });
});
