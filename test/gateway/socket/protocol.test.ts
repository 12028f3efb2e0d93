import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeFrame, FrameFault } from "../../../src/gateway/socket/frame-decode.ts";
import { manyRuns } from "../../_support/many-runs.ts";
import { openSockets, patiently } from "../../_support/socket-kit.ts";

const LARGE = "x".repeat(262_145);

describe("a frame that is none of the protocol", () => {
  const faults: readonly (readonly [string, string | Buffer, number])[] = [
    ["no JSON", "{", 1002],
    ["empty", "", 1002],
    ["no object", "7", 1002],
    ["an array of something else", "[1]", 1002],
    ["an unknown `t`", '{"t":"surprise"}', 1002],
    ["a `t` of the prototype", '{"t":"constructor"}', 1002],
    ["`t` that is no text", '{"t":["ask"]}', 1002],
    ["a second hello", '{"t":"hello","v":[1]}', 1002],
    ["`c` 0", '{"t":"open","c":0,"type":"room","key":["a"]}', 1002],
    ["`c` -1", '{"t":"open","c":-1,"type":"room","key":["a"]}', 1002],
    ["`c` 1.5", '{"t":"open","c":1.5,"type":"room","key":["a"]}', 1002],
    ["`c` 2^53", '{"t":"open","c":9007199254740992,"type":"room","key":["a"]}', 1002],
    ["`c` as text", '{"t":"open","c":"1","type":"room","key":["a"]}', 1002],
    ["`c` used twice", '{"t":"open","c":1,"type":"room","key":["a"]}', 1002],
    ["`c` that was never opened", '{"t":"ask","c":9,"i":1,"m":"lines","a":[]}', 1002],
    ["`i` 0", '{"t":"ask","c":1,"i":0,"m":"lines","a":[]}', 1002],
    ["a key that is no array", '{"t":"open","c":2,"type":"room","key":"a"}', 1002],
    ["`last` without a position", '{"t":"open","c":2,"type":"room","key":["a"],"last":{}}', 1002],
    ["no name", '{"t":"ask","c":1,"i":1,"a":[]}', 1002],
    ["binary", Buffer.from('{"t":"ping","n":1}'), 1003],
    ["larger than the limit", LARGE, 1009],
    ["10^5 messages", `[${'{"t":"ping","n":1},'.repeat(99_999)}{"t":"ping","n":1}]`, 1009],
  ];
  for (const [what, frame, code] of faults) {
    it(`(${what}) closes the socket with ${code}`, async () => {
      await using kit = await openSockets();
      const client = await kit.connected();

      client.text(frame);

      assert.equal(await client.closed(), code);
      await patiently(() => kit.active() === 0, "the end of the socket");
    });
  }

  it("(a message of 16,385 fragments) closes the socket with 1008, and counts it so", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();

    for (let at = 0; at < 16_385; at += 1) client.socket.send(" ", { fin: false });

    assert.equal(await client.closed(), 1008);
    await patiently(() => kit.active() === 0, "the end of the socket");
    const attributes = { "gateway.close.code": "1008", "gateway.close.side": "server" };
    assert.equal(await kit.telemetry.value("gateway.socket.closed", attributes), 1);
  });

  for (const v of [undefined, 0, 1.5, "1", [], [0], [1.5], ["1"], [2 ** 53]]) {
    it(`(versions ${JSON.stringify(v)}) closes the socket with 1002`, async () => {
      await using kit = await openSockets();
      const client = await kit.client().opened();

      client.send({ t: "hello", v });

      assert.equal(await client.closed(), 1002);
    });
  }

  it("(anything before hello) closes the socket with 1002", async () => {
    await using kit = await openSockets();
    const client = await kit.client().opened();

    client.send({ t: "ping", n: 1 });

    assert.equal(await client.closed(), 1002);
  });

  it("(`i` used twice) closes the socket with 1002", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();
    await client.ask(5, "lines");

    client.send({ t: "ask", c: 1, i: 5, m: "lines", a: [] });

    assert.equal(await client.closed(), 1002);
  });
});

const NUMBERED: ReadonlySet<string> = new Set([
  "open",
  "close",
  "sub",
  "unsub",
  "ask",
  "tell",
  "send",
]);

describe("frames that are decoded", () => {
  const c = 1;
  const valid: readonly Readonly<Record<string, unknown>>[] = [
    { t: "hello", v: [1], token: "x" },
    { t: "auth", i: 1, token: "x" },
    { t: "open", c, type: "room", key: ["a"], sub: ["said"], last: { id: "x", at: "1", d: 0 } },
    { t: "close", c },
    { t: "sub", c, i: 2, e: ["said"] },
    { t: "ask", c, i: 3, m: "say", a: ["x"], ms: 5, tp: "x" },
    { t: "send", c, i: 4, q: "files", b: { x: 1 } },
    { t: "cancel", i: 4 },
    { t: "ping", n: 1 },
  ];
  const kinds = [...valid.map(({ t }) => t), "tell", "unsub"];
  const names = [...new Set(valid.flatMap((one) => Object.keys(one))), "__proto__"];
  const value = fc.oneof(
    fc.constantFrom<unknown>(...kinds, null, true, 2 ** 53, 1.5, "", "\ud800", {}, [], [1]),
    fc.integer({ min: -2, max: 5 }),
  );
  const message = fc.tuple(
    fc.constantFrom(...valid),
    fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 2 }),
  );
  const toText = ([one, changes]: readonly [
    object,
    readonly (readonly [string, unknown])[],
  ]): string =>
    JSON.stringify(Object.assign(Object.create(null), one, Object.fromEntries(changes)));
  const frame = fc.oneof(
    { weight: 6, arbitrary: message.map(toText) },
    { weight: 2, arbitrary: fc.tuple(message, message).map((all) => `[${all.map(toText)}]`) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  );

  it("are messages or a fault, regardless of what a client sends", (test) => {
    let [decoded, refused] = [0, 0];

    manyRuns(
      test,
      fc.property(frame, (text) => {
        try {
          for (const { message: one } of decodeFrame(text, 32)) {
            decoded += 1;
            assert.ok(kinds.includes(one.t));
            if ("c" in one) assert.ok(Number.isSafeInteger(one.c) || !NUMBERED.has(one.t));
          }
        } catch (error) {
          assert.ok(error instanceof FrameFault, String(error));
          refused += 1;
        }
      }),
    );

    assert.ok(decoded > 1_000 && refused > 1_000, `${decoded} messages, ${refused} faults`);
  });
});

describe("a socket that sends too much", () => {
  it("is read at the rate of the limit, and nothing is lost", async () => {
    await using kit = await openSockets({ limits: { framesPerSecond: 100 } });
    const client = kit.client();
    await client.hello();

    for (let n = 1; n <= 1_000; n += 1) client.send({ t: "ping", n });
    await patiently(() => client.received.length >= 99, "the first answers");
    const first = client.received.length;
    const { levels } = kit.system.books();
    await patiently(() => kit.clock.backgroundTimers > 0, "the pause");
    for (let seconds = 0; client.received.length < 1_000; seconds += 1) {
      await kit.clock.advance(100);
      assert.ok(seconds < 1_000);
    }

    assert.ok(first <= 100, `${first}`);
    assert.equal(levels["gateway.paused.active"] ?? 1, 1);
    assert.deepEqual(
      client.received.filter(({ n }) => n !== 0).map(({ n }) => n),
      Array.from({ length: 1_000 }, (_, at) => at + 1),
    );
  });

  it("begins no more calls than the limit, and goes on when one has ended", async () => {
    await using kit = await openSockets({ limits: { callsPerSocket: 2, callTimeoutMs: 2_000 } });
    const client = await kit.connected();

    for (let i = 1; i <= 3; i += 1) client.send({ t: "ask", c: 1, i, m: "slow", a: [] });
    client.send({ t: "ping", n: 1 });
    await patiently(() => kit.system.books().levels !== undefined, "the calls");
    await kit.clock.advance(11_000);

    const kinds = new Set<string>();
    await patiently(() => client.received.length >= 3, "the answers");
    for (const { t } of client.received) kinds.add(t);
    assert.ok(kinds.has("fail"));
    await kit.clock.advance(5_000);
    await patiently(() => client.received.some(({ t, n }) => t === "pong" && n === 1), "the ping");
    assert.equal(client.closedWith, undefined);
  });

  it("and is silent for 45 s is closed with 4408", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();

    await kit.clock.advance(46_000);

    assert.equal(await client.closed(), 4408);
  });
});
