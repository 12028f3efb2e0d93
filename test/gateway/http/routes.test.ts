import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codeOf, openKit, post } from "../../_support/gateway-kit.ts";
import { exchange, rawRequest } from "../../_support/raw-http.ts";

const CART = "/actors/cart/alice";

describe("a gateway", () => {
  it("asks, and answers with the reply as JSON", async () => {
    await using kit = await openKit();

    const response = await post(`${kit.url}${CART}/ask/add`, ["lamp", 2]);

    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
    assert.deepEqual(await response.json(), ["lamp", 2]);
    const [call] = kit.calls;
    assert.deepEqual(
      [call?.kind, call?.type, call?.key, call?.name, call?.args, call?.waits],
      ["ask", "cart", ["alice"], "add", ["lamp", 2], false],
    );
  });

  it("answers 204 to an ask whose reply is undefined", async () => {
    await using kit = await openKit({ answer: (_request, answer) => answer.reply(undefined) });

    const response = await post(`${kit.url}${CART}/ask/nothing`, []);

    assert.deepEqual([response.status, await response.text()], [204, ""]);
  });

  it("tells, and answers 202 when the message is in the mailbox", async () => {
    await using kit = await openKit();

    const response = await post(`${kit.url}${CART}/tell/add`, ["lamp", 2]);

    assert.deepEqual([response.status, await response.text()], [202, ""]);
    assert.equal(kit.calls[0]?.kind, "tell");
  });

  it("sends to a queue, and answers with the id or, if it is waited for, with the reply", async () => {
    await using kit = await openKit({
      answer: ({ waits }, answer) => answer.reply(waits ? "5" : '"01"'),
    });
    const url = `${kit.url}${CART}/queue/orders`;

    const stored = await post(url, { item: "lamp" });
    const completed = await post(`${url}?waitMs=500`, { item: "lamp" });

    assert.deepEqual([stored.status, await stored.json()], [202, { id: "01" }]);
    assert.deepEqual([completed.status, await completed.json()], [200, 5]);
    assert.deepEqual(kit.calls[0]?.args, [{ item: "lamp" }]);
  });

  it("answers with the id of a queue message whose reply did not come in time", async () => {
    const failure = {
      status: 504,
      code: "ERR_ASK_TIMEOUT",
      message: "late",
      outcome: "unknown",
    } as const;
    let isStored = true;
    await using kit = await openKit({
      answer(_request, answer) {
        if (isStored) answer.stored?.("01");
        answer.fail(failure);
      },
    });
    const url = `${kit.url}${CART}/queue/orders?waitMs=500`;

    const later = await post(url, { item: "lamp" });
    isStored = false;
    const lost = await post(url, { item: "lamp" });

    assert.deepEqual([later.status, await later.json()], [202, { id: "01" }]);
    assert.equal(lost.status, 504);
  });

  it("takes arguments together with the input of a new actor", async () => {
    await using kit = await openKit();

    await post(`${kit.url}${CART}/ask/add`, { args: ["lamp", 2], input: { currency: "eur" } });

    assert.deepEqual(kit.calls[0]?.args, ["lamp", 2]);
    assert.deepEqual(kit.calls[0]?.input, { currency: "eur" });
  });

  it("takes the parts of a key, each percent-encoded", async () => {
    await using kit = await openKit();
    const paths = ["a%2Cb,c%2Fd", "..,", "%D0%BA", "a%00b", "__proto__", "$SYS.%3E", "a%20b"];

    for (const path of paths) await post(`${kit.url}/actors/cart/${path}/ask/add`, []);

    assert.deepEqual(
      kit.calls.map(({ key }) => key),
      [["a,b", "c/d"], [".."], ["к"], ["a\0b"], ["__proto__"], ["$SYS.>"], ["a b"]],
    );
  });

  it("waits as long as the client asks for, up to its own limit", async () => {
    await using kit = await openKit({ gateway: { limits: { callTimeoutMs: 2_000 } } });
    const url = `${kit.url}${CART}/ask/add`;
    const startedMs = performance.now();

    for (const query of ["", "?timeoutMs=500", "?timeoutMs=60000"]) await post(url + query, []);

    const leftMs = kit.calls.map(({ deadlineMs }) => deadlineMs - startedMs);
    const afterMs = performance.now() - startedMs;
    for (const [at, limitMs] of [2_000, 500, 2_000].entries()) {
      const foundMs = leftMs[at] ?? 0;
      assert.ok(foundMs >= limitMs && foundMs <= limitMs + afterMs, `${foundMs}`);
    }
    for (const query of [
      "?timeoutMs=0",
      "?timeoutMs=1.5",
      "?timeoutMs=-1",
      "?timeoutMs=1&timeoutMs=2",
      "?timeoutMs=",
    ]) {
      assert.equal((await post(url + query, [])).status, 400, query);
    }
  });

  it("gives the same answer to what is not exposed as to what does not exist", async () => {
    await using kit = await openKit();
    const paths = [
      `${CART}/ask/audit`,
      `${CART}/ask/gone`,
      `${CART}/ask/__proto__`,
      `${CART}/ask/constructor`,
      `${CART}/ask/toString`,
      `${CART}/ask/then`,
      `${CART}/ask/%61dd`,
      `${CART}/ask/${"x".repeat(257)}`,
      "/actors/wagon/alice/ask/add",
      "/actors/__proto__/a/ask/add",
      `${CART}/queue/add`,
      `${CART}/ask/orders`,
      `${CART}/kill/add`,
      "/actors",
      "/actors/cart",
      CART,
      `${CART}/ask`,
      `${CART}/ask/add/more`,
      "/other",
    ];

    const answers = await Promise.all(paths.map((path) => post(kit.url + path, [])));

    const texts = await Promise.all(answers.map((answer) => answer.text()));
    const anonymous = texts.map((text) => text.replace(/"requestId":"[^"]+"/, ""));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [404]);
    assert.equal(new Set(anonymous).size, 1, anonymous[0]);
    assert.deepEqual(kit.calls, []);
  });

  it("refuses bodies that are no arguments, or no JSON that can be passed on", async () => {
    await using kit = await openKit();
    const url = `${kit.url}${CART}/ask/add`;
    const rows: readonly (readonly [
      body: string | Uint8Array<ArrayBuffer>,
      status: number,
      type?: string,
    ])[] = [
      ["", 400],
      ["{", 400],
      ["NaN", 400],
      ["1", 400],
      ["null", 400],
      ['"x"', 400],
      ["{}", 400],
      ['{"args":1}', 400],
      ["\ufeff[]", 400],
      ["[1e999]", 400],
      ['["\\ud800"]', 400],
      [new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d]), 400],
      ['[{"__proto__":{"admin":true}}]', 400],
      ['[{"constructor":{"prototype":{}}}]', 400],
      [`${"[".repeat(33)}${"]".repeat(33)}`, 400],
      [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, 400],
      [`["${"x".repeat(1_048_576)}"]`, 413],
      [`[${"0,".repeat(1_000_000)}0]`, 413],
      ["[]", 415, "text/plain"],
      ["[]", 415, "application/x-www-form-urlencoded"],
      ["[]", 415, "application/json-patch+json"],
      ['[{"a":1,"a":2}]', 200],
      ["[-0, 9007199254740993]", 200],
      ['["\\u0000"]', 200],
      [`${"[".repeat(32)}${"]".repeat(32)}`, 200],
      ["[]", 200, "application/json;charset=utf-8"],
      ["[]", 200, "Application/JSON ; charset=utf-8"],
    ];
    for (const [body, status, type = "application/json"] of rows) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
      assert.equal(response.status, status, `${String(body).slice(0, 40)} as ${type}`);
      await response.text();
    }
    const coded = await post(url, [], { "content-encoding": "gzip" });
    assert.deepEqual([coded.status, await codeOf(coded)], [415, "ERR_MEDIA_TYPE"]);
    assert.equal(kit.calls.length, rows.filter(([, status]) => status === 200).length);
  });

  it("answers 408 to a body that does not arrive in time, and handles nothing", async () => {
    await using kit = await openKit({ gateway: { limits: { requestTimeoutMs: 1_000 } } });
    const headers = [`Host: localhost:${kit.port}`, "Content-Type: application/json"];
    const request = rawRequest(`${CART}/ask/add`, [...headers, "Content-Length: 9"], {
      method: "POST",
      body: "[",
    });

    const { statuses, text } = await exchange(kit.port, request);

    assert.deepEqual(statuses, [408]);
    assert.match(text, /"code":"ERR_TIMEOUT".*"outcome":"not_handled"/);
    assert.deepEqual(kit.calls, []);
  });

  it("takes a body of as many bytes as it may have, and none of one more", async () => {
    await using kit = await openKit({ gateway: { limits: { bodyBytes: 100 } } });
    const send = (bytes: number): Promise<Response> =>
      post(`${kit.url}${CART}/ask/add`, ["é".repeat(48) + "x".repeat(bytes - 100)]);

    const [whole, larger] = [await send(100), await send(101)];

    assert.equal(whole.status, 200);
    assert.deepEqual([larger.status, await codeOf(larger)], [413, "ERR_BODY_TOO_LARGE"]);
  });

  it("takes only the method of a route", async () => {
    await using kit = await openKit();

    const got = await fetch(`${kit.url}${CART}/ask/add`, {
      headers: { "x-http-method-override": "POST" },
    });
    const posted = await post(`${kit.url}/livez`, []);

    assert.deepEqual([got.status, got.headers.get("allow")], [405, "POST"]);
    assert.deepEqual([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"]);
  });

  it("answers a failure with its status, and with everything that may be shown", async () => {
    const failure = {
      status: 409,
      code: "TOO_LITTLE",
      message: "too little",
      outcome: "failed",
      retryAfterMs: 1_500,
      data: { left: 1 },
      issues: [{ path: [1], message: "no number" }],
    } as const;
    await using kit = await openKit({ answer: (_request, answer) => answer.fail(failure) });

    const response = await post(`${kit.url}${CART}/ask/add`, [], {
      "x-request-id": "my-request-1",
    });

    const { status, ...shown } = failure;
    assert.deepEqual([response.status, response.headers.get("retry-after")], [status, "2"]);
    assert.deepEqual(await response.json(), { error: { ...shown, requestId: "my-request-1" } });
  });

  it("has a base path in front of all routes", async () => {
    await using kit = await openKit({ gateway: { basePath: "/api/v1" } });
    const { origin } = new URL(kit.url);

    assert.equal(kit.url, `${origin}/api/v1`);
    assert.equal((await post(`${kit.url}${CART}/ask/add`, [])).status, 200);
    assert.equal((await post(`${origin}${CART}/ask/add`, [])).status, 404);
  });

  it("has a request id in every answer, which is new unless the client has sent a plain one", async () => {
    await using kit = await openKit();
    const idOf = async (given: string): Promise<string | null> => {
      const response = await fetch(`${kit.url}/livez`, { headers: { "x-request-id": given } });
      return response.headers.get("x-request-id");
    };

    assert.equal(await idOf("abc-DEF_123"), "abc-DEF_123");
    for (const odd of ["short", "x".repeat(65), "has space", "[31mred-text", "semi;colon"]) {
      assert.match((await idOf(odd)) ?? "", /^[0-9a-z]{21}$/, odd);
    }
  });
});
