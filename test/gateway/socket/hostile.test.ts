import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HOSTILE_KEYS } from "../../_support/hostile-keys.ts";
import { openSockets } from "../../_support/socket-kit.ts";

const CANARY = "c4n4ry-of-a-client";
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

describe("a socket with hostile keys", () => {
  it("reaches an actor of its own by each of them", async () => {
    await using kit = await openSockets();
    const client = kit.client();
    await client.hello();

    for (const [at, key] of HOSTILE_KEYS.entries()) {
      const c = at + 1;
      await client.open(c, { key });
      client.send({ t: "ask", c, i: c, m: "say", a: ["one"] });
      assert.equal((await client.take("reply")).r, 1, JSON.stringify(key));
    }
    assert.equal(kit.system.books().started, HOSTILE_KEYS.length);
  });

  it("wakes nothing by what is no key", async () => {
    await using kit = await openSockets();
    const client = kit.client();
    await client.hello();
    const keys = [[], [""], ["a", ""], Array(17).fill("p"), ["x".repeat(1_025)], ["\ud800"]];

    for (const [at, key] of keys.entries()) {
      client.send({ t: "open", c: at + 1, type: "room", key });
      const { error, again } = await client.take("closed");
      assert.match(error?.code ?? "", /^ERR_(INVALID_KEY|BAD_REQUEST)$/, JSON.stringify(key));
      assert.equal(again, false);
    }
    assert.equal(kit.system.books().started, 0);
  });
});

describe("a socket with hostile JSON", () => {
  it("is answered that it is refused, and goes on", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();
    const refused = [
      '{"__proto__":{"admin":true}}',
      '{"constructor":{"prototype":{"admin":true}}}',
      "1e999",
      '"\\ud800"',
      nested(32), // in the array of arguments
      nested(10_000),
    ];

    for (const [at, text] of refused.entries()) {
      client.text(`{"t":"ask","c":1,"i":${at + 1},"m":"say","a":[${text}]}`);
      const { error } = await client.take("fail");
      assert.deepEqual([error.code, error.outcome], ["ERR_BAD_REQUEST", "not_handled"], text);
    }

    assert.equal(({} as { admin?: unknown }).admin, undefined);
    assert.deepEqual((await client.ask(100, "lines")).r, []);
    const taken = ['{"a":1,"a":2}', "-0", "9007199254740993", '"\\u0000"', nested(31)];
    for (const [at, text] of taken.entries()) {
      client.text(`{"t":"ask","c":1,"i":${at + 101},"m":"people","a":[${text}]}`);
      assert.equal((await client.take("reply")).r, 1, text);
    }
  });
});

describe("what a client has sent on a socket", () => {
  it("is in no line, span or metric, and in no answer to what is refused", async () => {
    const auth = (): { readonly id: string } => ({ id: CANARY });
    await using kit = await openSockets({ auth });
    const client = kit.client({ headers: { cookie: CANARY, "user-agent": CANARY } });
    await client.hello({ token: CANARY });
    await client.open(1, { params: { name: CANARY } });
    const rid = `\u001b[31m${CANARY}\r\n`;

    client.send({ t: "ask", c: 1, i: 1, m: "hidden", a: [CANARY], rid, tp: CANARY, ts: CANARY });
    client.send({ t: "ask", c: 1, i: 2, m: "boom", a: [{ password: CANARY }], rid });
    client.send({ t: "sub", c: 1, i: 3, e: [CANARY] });
    client.send({ t: "ask", c: 1, i: 4, m: "say", a: [`\u001b[2J${CANARY}\r\n`], rid });
    const answers = [
      await client.take("fail"),
      await client.take("fail"),
      await client.take("fail"),
      await client.take("reply"),
    ];
    client.socket.close(4_777, CANARY);
    await client.closed();
    await kit.close();

    const { telemetry } = kit;
    const spans = telemetry
      .spans()
      .map(({ name, attributes, events, status, links }) => [
        name,
        attributes,
        events,
        status,
        links,
      ]);
    const points = await Promise.all(
      ["rpc.server.call.duration", "gateway.socket.closed", "gateway.refused", "gateway.io"].map(
        async (name) => (await telemetry.points(name)).map(({ attributes }) => attributes),
      ),
    );
    const all = JSON.stringify([answers, telemetry.logs(), spans, points]);
    assert.ok(spans.length > 0 && telemetry.logs().length > 0 && points.flat().length > 0);
    assert.doesNotMatch(all, new RegExp(CANARY));
  });
});
