import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createGateway, expose, type Gateway, unchecked } from "../../src/gateway.ts";
import { defineKeyedActor } from "../../src/index.ts";
import { encodeKeySegment } from "../../src/wire/actor-path.ts";
import { openSystem } from "../_support/actor-system.ts";
import { codeOf, post } from "../_support/gateway-kit.ts";
import { HOSTILE_KEYS } from "../_support/hostile-keys.ts";
import { exchange, rawRequest } from "../_support/raw-http.ts";

const note = defineKeyedActor("note", {
  state: () => ({ texts: [] as unknown[] }),
  handlers: {
    add(c, text: unknown) {
      c.state.texts = [...c.state.texts, text];
      return c.state.texts.length;
    },
    keyOf: (c) => c.key,
  },
});
const actors = [expose(note, { calls: { add: unchecked, keyOf: unchecked } })];

interface Open extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly gateway: Gateway;
  readonly started: () => number;
}

async function openNotes(): Promise<Open> {
  const opened = openSystem();
  const gateway = await createGateway(opened.system, { actors, port: 0 });
  return {
    url: gateway.url ?? "",
    port: gateway.port ?? 0,
    gateway,
    started: () => opened.system.books().started,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

describe("a gateway with hostile keys", () => {
  it("reaches an actor of its own by each of them", async () => {
    await using opened = await openNotes();
    for (const key of HOSTILE_KEYS) {
      const url = `${opened.url}/actors/note/${encodeKeySegment(key)}/ask`;

      const count = await (await post(`${url}/add`, ["one"])).json();
      const found = await (await post(`${url}/keyOf`, [])).json();

      assert.deepEqual([count, found], [1, key], JSON.stringify(key));
    }
    assert.equal(opened.started(), HOSTILE_KEYS.length);
  });

  it("wakes nothing by what is no key", async () => {
    await using opened = await openNotes();
    const segments = [
      ",",
      ",,",
      "a,,b",
      ",a",
      "a,,",
      "x".repeat(1_025),
      "%ED%A0%80",
      "%FF",
      "%zz",
      "%",
      "%C0%AF",
      Array(17).fill("p").join(","),
      `${"x".repeat(600)},${"y".repeat(600)}`,
    ];
    for (const segment of segments) {
      const { port } = opened;
      const headers = [
        `Host: localhost:${port}`,
        "Content-Type: application/json",
        "Content-Length: 2",
        "Connection: close",
      ];
      const target = `/actors/note/${segment}/ask/keyOf`;
      const { statuses, text } = await exchange(
        port,
        rawRequest(target, headers, { method: "POST", body: "[]" }),
      );

      assert.deepEqual(statuses, [400], segment);
      assert.match(text, /ERR_INVALID_KEY|ERR_BAD_REQUEST/, segment);
    }
    assert.equal(opened.started(), 0);
  });
});

describe("a gateway with hostile JSON", () => {
  it("passes on what is odd and harmless as `JSON.parse` reads it, and changes no prototype", async () => {
    await using opened = await openNotes();
    const url = `${opened.url}/actors/note/a/ask/add`;
    const send = (body: string): Promise<Response> =>
      fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });

    for (const body of [
      '[{"a":1,"a":2}]',
      "[-0]",
      "[9007199254740993]",
      '["\\u0000"]',
      '[{"constructor":"x","prototype":1}]',
    ]) {
      assert.equal((await send(body)).status, 200, body);
    }
    for (const body of [
      '[{"__proto__":{"admin":true}}]',
      '[{"constructor":{"prototype":{"admin":true}}}]',
      '{"args":[],"__proto__":{"args":[1]}}',
    ]) {
      const refused = await send(body);
      assert.deepEqual([refused.status, await codeOf(refused)], [400, "ERR_BAD_REQUEST"], body);
    }
    assert.equal(({} as { admin?: unknown }).admin, undefined);
  });
});

describe("a gateway with hostile requests at once", () => {
  it("answers each by its own rule, and goes on", async () => {
    await using opened = await openNotes();
    const host = `Host: localhost:${opened.port}`;
    const type = "Content-Type: application/json";
    const target = "/actors/note/a/ask/add";
    const end = "Connection: close";
    const rows: readonly (readonly [request: string, status: number])[] = [
      [
        rawRequest(target, [host, type, "Content-Length: 3", "Transfer-Encoding: chunked", end], {
          method: "POST",
          body: "0\r\n\r\n",
        }),
        400,
      ],
      [
        rawRequest(target, [host, type, "Content-Length: 3", "Content-Length: 4", end], {
          method: "POST",
          body: "[1]",
        }),
        400,
      ],
      [
        rawRequest(
          target,
          [host, type, "Transfer-Encoding: chunked", "Transfer-Encoding: identity", end],
          { method: "POST", body: "0\r\n\r\n" },
        ),
        400,
      ],
      [
        rawRequest(target, [host, type, "Content-Length : 3", end], {
          method: "POST",
          body: "[1]",
        }),
        400,
      ],
      [rawRequest("http://evil.example/livez", [host, end]), 400],
      [
        rawRequest("/actors/note/a/ask/../ask/add", [host, type, "Content-Length: 3", end], {
          method: "POST",
          body: "[1]",
        }),
        400,
      ],
      [
        rawRequest("/actors//note/a/ask/add", [host, type, "Content-Length: 3", end], {
          method: "POST",
          body: "[1]",
        }),
        400,
      ],
      [
        rawRequest("/actors\\note\\a\\ask\\add", [host, type, "Content-Length: 3", end], {
          method: "POST",
          body: "[1]",
        }),
        400,
      ],
      [
        rawRequest(
          target,
          [host, type, "X-HTTP-Method-Override: DELETE", "Content-Length: 3", end],
          { method: "POST", body: "[1]" },
        ),
        200,
      ],
      [
        rawRequest(target, [host, type, "Content-Encoding: gzip", "Content-Length: 3", end], {
          method: "POST",
          body: "[1]",
        }),
        415,
      ],
      [
        rawRequest(target, [host, "Content-Type: text/plain", "Content-Length: 3", end], {
          method: "POST",
          body: "[1]",
        }),
        415,
      ],
      [rawRequest("/livez", [`Host: localhost:${opened.port}`, "Host: evil.example", end]), 400],
      [rawRequest("/livez", [end]), 400],
      [rawRequest("/livez", [], { version: "1.0" }), 403],
    ];

    const found = await Promise.all(rows.map(([request]) => exchange(opened.port, request)));

    assert.deepEqual(
      found.map(({ statuses }) => statuses[0]),
      rows.map(([, status]) => status),
    );
    for (const { text } of found) assert.doesNotMatch(text, /evil|DELETE|gzip/);
    assert.equal((await fetch(`${opened.url}/livez`)).status, 200);
  });

  it("ends a body without end", async () => {
    await using opened = await openNotes();
    const { port } = opened;
    const headers = [
      `Host: localhost:${port}`,
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
    ];
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const request = rawRequest("/actors/note/a/ask/add", headers, {
      method: "POST",
      body: chunk.repeat(80),
    });

    const { statuses, text } = await exchange(port, request);

    assert.deepEqual(statuses, [413]);
    assert.match(text, /connection: close/i);
  });
});
