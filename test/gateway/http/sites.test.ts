import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ManualClock } from "../../../src/testing.ts";
import { openKit } from "../../_support/gateway-kit.ts";
import { exchange, rawRequest } from "../../_support/raw-http.ts";

const PAGE = "http://localhost:5173";
const ASK = "/actors/cart/a/ask/add";

interface Answer {
  readonly status: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly code: string | undefined;
}

async function send(
  port: number,
  headers: readonly string[],
  method = "POST",
  host = `localhost:${port}`,
): Promise<Answer> {
  const all = [
    `Host: ${host}`,
    "Content-Type: application/json",
    "Content-Length: 2",
    "Connection: close",
    ...headers,
  ];
  const { statuses, text } = await exchange(port, rawRequest(ASK, all, { method, body: "[]" }));
  const [head = ""] = text.split("\r\n\r\n");
  const lines = head
    .split("\r\n")
    .slice(1)
    .map((line) => line.split(": ") as [string, string]);
  return {
    status: statuses[0],
    headers: new Map(lines.map(([name, value]) => [name.toLowerCase(), value])),
    code: /"code":"(\w+)"/.exec(text)?.[1],
  };
}

describe("a page of another site", () => {
  it("may call, and read the answer, if its origin is allowed", async () => {
    await using kit = await openKit({ gateway: { allowedOrigins: [PAGE] } });

    const { status, headers } = await send(kit.port, [
      `Origin: ${PAGE}`,
      "Sec-Fetch-Site: cross-site",
    ]);

    assert.equal(status, 200);
    assert.equal(headers.get("access-control-allow-origin"), PAGE);
    assert.equal(
      headers.get("access-control-expose-headers"),
      "traceresponse, x-request-id, retry-after",
    );
    assert.equal(headers.get("vary"), "Origin");
    assert.equal(headers.get("access-control-allow-credentials"), undefined);
  });

  it("may ask first what it may send", async () => {
    await using kit = await openKit({ gateway: { allowedOrigins: [PAGE] } });
    const question = [
      "Access-Control-Request-Method: POST",
      "Access-Control-Request-Headers: content-type",
    ];

    const allowed = await send(
      kit.port,
      [`Origin: ${PAGE}`, "Sec-Fetch-Site: cross-site", ...question],
      "OPTIONS",
    );
    const foreign = await send(kit.port, ["Origin: https://evil.example", ...question], "OPTIONS");
    const plain = await send(kit.port, [], "OPTIONS");

    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers.get("access-control-allow-origin"), PAGE);
    assert.equal(allowed.headers.get("access-control-allow-methods"), "POST");
    assert.match(
      allowed.headers.get("access-control-allow-headers") ?? "",
      /authorization, content-type/,
    );
    assert.deepEqual([foreign.status, foreign.code], [403, "ERR_CROSS_SITE"]);
    assert.equal(plain.status, 405);
    assert.deepEqual(kit.calls, []);
  });

  it("is refused otherwise, is told nothing, and wakes nothing", async () => {
    await using kit = await openKit({ gateway: { allowedOrigins: [PAGE] } });
    const { port } = kit;
    const rows = [
      ["Origin: null"],
      ["Origin: https://evil.example"],
      [`Origin: http://localhost:${port + 1}`],
      ["Origin: http://localhost:5174"],
      ["Origin: https://localhost:5173"],
      [`Origin: ${PAGE}.evil.example`],
      [`Origin: ${PAGE}/`],
      ["Sec-Fetch-Site: cross-site"],
      ["Sec-Fetch-Site: same-site"],
      ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors"],
    ];
    for (const headers of rows) {
      const answer = await send(port, headers);
      assert.deepEqual([answer.status, answer.code], [403, "ERR_CROSS_SITE"], headers.join());
      assert.equal(answer.headers.get("access-control-allow-origin"), undefined);
    }
    assert.deepEqual(kit.calls, []);
    const refused = kit.lines.filter(({ event }) => event === "gateway.refused");
    assert.equal(refused.length, 3, "at most 3 lines in 30 s");
  });
});

describe("the name by which a gateway is addressed", () => {
  it("is one of loopback, with its own port, unless others are allowed", async () => {
    await using kit = await openKit({
      gateway: { auth: "anyone", allowedHosts: ["shop.example", "bank.example:8443"] },
    });
    const { port } = kit;
    const good = [
      `localhost:${port}`,
      `127.0.0.1:${port}`,
      `[::1]:${port}`,
      "shop.example",
      "shop.example:1",
      "Bank.Example:8443",
    ];
    const bad = [
      "evil.example",
      `localhost.evil.example:${port}`,
      `127.0.0.1.nip.io:${port}`,
      `0.0.0.0:${port}`,
      `0177.0.0.1:${port}`,
      `2130706433:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
      `localhost6:${port}`,
      "localhost",
      "bank.example",
      `localhost:${port + 1}`,
    ];
    for (const host of good) assert.equal((await send(port, [], "POST", host)).status, 200, host);
    for (const host of bad) {
      const { status, code } = await send(port, [], "POST", host);
      assert.deepEqual([status, code], [403, "ERR_FOREIGN_HOST"], host);
    }
  });
});

describe("limits of a gateway", () => {
  it("refuse more headers than it takes", async () => {
    await using kit = await openKit();
    const more = (count: number): string[] =>
      Array.from({ length: count }, (_, at) => `X-${at}: 1`);

    const [few, many] = [await send(kit.port, more(96)), await send(kit.port, more(97))];

    assert.deepEqual([few.status, many.status, many.code], [200, 431, "ERR_HEADERS_TOO_LARGE"]);
    assert.equal((await send(kit.port, [`X-A: ${"x".repeat(65_536)}`])).status, 431);
  });

  it("refuse requests beyond a rate and address", async () => {
    const clock = new ManualClock();
    let address = "1.1.1.1";
    await using kit = await openKit({
      system: { clock },
      gateway: { limits: { requestsPerSecond: 2 }, clientAddress: () => address },
    });
    const found: (number | undefined)[] = [];
    for (let request = 0; request < 3; request += 1) found.push((await send(kit.port, [])).status);
    address = "2.2.2.2";
    found.push((await send(kit.port, [])).status);
    address = "1.1.1.1";
    await clock.advance(1_000);
    found.push((await send(kit.port, [])).status);

    assert.deepEqual(found, [200, 200, 429, 200, 200]);
  });

  it("refuse requests beyond those that are being answered, but not probes", async () => {
    const pending: (() => void)[] = [];
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    await using kit = await openKit({
      gateway: { limits: { requests: 1 } },
      answer(_request, answer) {
        pending.push(() => answer.reply("1"));
        arrive();
      },
    });
    const first = send(kit.port, []);
    await arrived;

    const second = await send(kit.port, []);
    const [livez, readyz] = await Promise.all(
      ["/livez", "/readyz"].map((path) => fetch(kit.url + path)),
    );

    assert.deepEqual(
      [second.status, second.code, second.headers.get("retry-after")],
      [503, "ERR_OVERLOADED", "1"],
    );
    assert.deepEqual([livez?.status, readyz?.status], [200, 503]);
    assert.match(
      (await readyz?.text()) ?? "",
      /"gateway":\{"status":"failed","code":"ERR_OVERLOADED"/,
    );
    for (const reply of pending) reply();
    assert.equal((await first).status, 200);
  });
});
