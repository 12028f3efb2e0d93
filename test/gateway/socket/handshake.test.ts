import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClientOptions } from "ws";
import type { Caller } from "../../../src/index.ts";
import { openSockets, patiently, type RawClient } from "../../_support/socket-kit.ts";

const TOKEN = "a-token-of-alice-which-is-long";
const OTHER = "a-token-of-bob-which-is-long-too";
const auth = { [TOKEN]: { id: "alice" }, [OTHER]: { id: "bob" } };

describe("a handshake", () => {
  const refused: readonly (readonly [string, ClientOptions, number])[] = [
    ["a foreign Host", { headers: { host: "evil.example" } }, 403],
    ["the Origin of another site", { origin: "https://evil.example" }, 403],
    ["an opaque Origin", { origin: "null" }, 403],
    ["a cross-site request", { headers: { "sec-fetch-site": "cross-site" } }, 403],
    ["more than 100 headers", { headers: manyHeaders(101) }, 431],
  ];
  for (const [what, options, status] of refused) {
    it(`with ${what} is answered with ${status} before there is a socket`, async () => {
      await using kit = await openSockets();
      const client = kit.client(options);

      await client.closed();

      assert.equal(client.status, status);
      assert.equal(kit.active(), 0);
    });
  }

  it("of a site that is allowed is accepted", async () => {
    await using kit = await openSockets({ allowedOrigins: ["https://shop.example"] });
    const client = kit.client({ origin: "https://shop.example" });

    const welcome = await client.hello();

    assert.deepEqual(welcome, { t: "welcome", v: 1, pingMs: 15_000, frameBytes: 262_144 });
  });

  it("chooses the subprotocol, or none", async () => {
    await using kit = await openSockets();

    const known = await kit.client({}, ["other", "limelight"]).opened();
    const none = await kit.client().opened();

    assert.deepEqual([known.socket.protocol, none.socket.protocol], ["limelight", ""]);
  });

  it("leaves requests for other upgrades to HTTP", async () => {
    await using kit = await openSockets();

    const plain = await fetch(`${kit.url}/connect`);
    const other = await fetch(`${kit.url}/livez`);

    assert.deepEqual([plain.status, other.status], [426, 200]);
  });
});

describe("the first message", () => {
  it("is answered with the highest common version", async () => {
    await using kit = await openSockets();
    const client = await kit.client().opened();

    client.send({ t: "hello", v: [1, 2, 3] });

    assert.equal((await client.take("welcome")).v, 1);
  });

  it("with unknown versions only closes with 4406", async () => {
    await using kit = await openSockets();
    const client = await kit.client().opened();

    client.send({ t: "hello", v: [2] });

    assert.equal(await client.closed(), 4406);
  });

  it("has to come within 5 s", async () => {
    await using kit = await openSockets();
    const client = await kit.client().opened();
    await patiently(() => kit.clock.backgroundTimers > 0, "the check");

    await kit.clock.advance(6_000);

    assert.equal(await client.closed(), 4401);
  });
});

describe("a token", () => {
  it("in hello or in the handshake names the caller", async () => {
    await using kit = await openSockets({ auth });
    const first = kit.client();
    await first.hello({ token: TOKEN });
    const second = kit.client({ headers: { authorization: `Bearer ${OTHER}` } });
    await second.hello();

    const callers: unknown[] = [];
    for (const client of [first, second]) {
      await client.open();
      callers.push(((await client.ask(1, "who")).r as unknown[])[0]);
    }

    assert.deepEqual(callers, ["alice", "bob"]);
  });

  for (const token of [undefined, "", "wrong-token-which-is-long-enough", `${TOKEN} `]) {
    it(`${JSON.stringify(token)} closes with 4401`, async () => {
      await using kit = await openSockets({ auth });
      const client = await kit.client().opened();

      client.send({ t: "hello", v: [1], token });

      assert.equal(await client.closed(), 4401);
    });
  }

  it("is not looked at after 10 wrong ones of the same address", async () => {
    let looks = 0;
    await using kit = await openSockets({
      auth: () => {
        looks += 1;
        return undefined;
      },
    });

    for (let times = 0; times < 11; times += 1) {
      const client = await kit.client().opened();
      client.send({ t: "hello", v: [1], token: "guess" });
      assert.equal(await client.closed(), 4401);
    }

    assert.equal(looks, 10);
  });

  it("closes with 1013 when callers cannot be identified", async () => {
    await using kit = await openSockets({
      auth: () => {
        throw new Error("the database is down");
      },
    });
    const client = await kit.client().opened();

    client.send({ t: "hello", v: [1], token: TOKEN });

    assert.equal(await client.closed(), 1013);
  });

  it("ends: its socket is closed with 4401, unless it was renewed", async () => {
    const callers: Caller[] = [];
    await using kit = await openSockets({ auth: () => callers.shift() });
    const ends = (ms: number): Caller => ({
      id: "alice",
      expiresAtMs: kit.clock.epochMs() + ms,
    });
    callers.push(ends(10_000), ends(10_000), ends(20_000));
    const [kept, ended] = [kit.client(), kit.client()];
    assert.equal((await kept.hello()).expMs, 10_000);
    await ended.hello();

    kept.send({ t: "auth", i: 1, token: "new" });
    const { r } = await kept.take("reply");
    await kit.clock.advance(11_000);

    assert.deepEqual(r, { expMs: 20_000 });
    assert.equal(await ended.closed(), 4401);
    assert.equal(kept.closedWith, undefined);
  });

  it("of another caller renews nothing", async () => {
    await using kit = await openSockets({ auth });
    const client = kit.client();
    await client.hello({ token: TOKEN });

    client.send({ t: "auth", i: 1, token: OTHER });

    const { error } = await client.take("fail");
    assert.deepEqual([error.code, error.outcome], ["ERR_TOKEN", "not_handled"]);
    await client.open();
    assert.deepEqual(((await client.ask(2, "who")).r as unknown[])[0], "alice");
  });
});

describe("sockets beyond a limit", () => {
  it("are closed with 1013", async () => {
    await using kit = await openSockets({ limits: { sockets: 2 } });
    const within = [kit.client(), kit.client()];
    for (const client of within) await client.hello();

    const beyond = kit.client();

    assert.equal(await beyond.closed(), 1013);
    within[0]?.socket.close();
    await within[0]?.closed();
    await patiently(() => kit.active() === 1, "the end");
    await kit.client().hello();
  });

  it("of one address are closed with 1013", async () => {
    await using kit = await openSockets({
      limits: { socketsPerAddress: 1 },
      clientAddress: ({ headers }) => headers.get("x-real-ip") ?? "",
    });
    const from = (address: string): RawClient => kit.client({ headers: { "x-real-ip": address } });
    await from("192.0.2.1").hello();
    await from("192.0.2.2").hello();

    assert.equal(await from("192.0.2.1").closed(), 1013);
  });
});

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, "1"]));
}
