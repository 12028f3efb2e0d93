import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, type ConsoleKit, openConsole } from "../_support/console-kit.ts";

type Headers = Record<string, string>;

const JSON_PATHS = [
  "/api/summary",
  "/api/actors",
  "/api/actors/x%2F1",
  "/api/traces",
  "/api/traces/0",
  "/api/logs",
  "/api/waits",
  "/api/warnings",
  "/api/metrics",
  "/api/openapi.json",
];
const OTHER_PATHS = ["/", "/assets/console-0.js", "/api/actions", "/mcp", "/nothing"];
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

describe("who is answered", () => {
  let kit: ConsoleKit;
  let port: number;
  let token: string;
  before(async () => {
    kit = await openConsole();
    ({ port, token } = kit.console);
  });
  after(() => kit[Symbol.asyncDispose]());
  const bearer = (): Headers => ({ authorization: `Bearer ${token}` });

  it("has no access without the token, on any path", async () => {
    for (const path of [...JSON_PATHS, ...OTHER_PATHS, "/api/events"]) {
      const { status, text, headers } = await ask(port, path);
      assert.equal(status, 401, path);
      assert.ok(!text.includes(token), path);
      assert.equal(headers["set-cookie"], undefined, path);
    }
  });

  it("has no access with another token, in any place", async () => {
    const wrong = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
    const values = [`Bearer ${wrong}`, "Bearer", "Bearer ", token, `Basic ${token}`];
    for (const authorization of values) {
      const answer = await ask(port, "/api/summary", { headers: { authorization } });
      assert.deepEqual([answer.status, answer.json.error.code], [401, "ERR_CONSOLE_TOKEN"]);
      assert.match(answer.headers["www-authenticate"] ?? "", /^Bearer /);
    }
    for (const path of [`/?token=${wrong}`, "/?token=", `/api/summary?token=${token}`]) {
      const { status, headers } = await ask(port, path);
      assert.deepEqual([status, headers["set-cookie"]], [401, undefined], path);
    }
    const cookie = `limelight_console_${port}=${token}`;
    assert.equal((await ask(port, "/api/summary", { headers: { cookie } })).status, 401);
  });

  it("is a program with the token", async () => {
    assert.equal((await ask(port, "/api/summary", { headers: bearer() })).status, 200);
  });

  it("is a browser that came by the address: its token becomes a cookie, and leaves the address", async () => {
    const { pathname, search } = new URL(kit.console.url);
    const { status, headers, text } = await ask(port, `${pathname}${search}`);

    assert.deepEqual([status, headers.location, text], [303, "./", ""]);
    const [cookie = ""] = headers["set-cookie"] ?? [];
    assert.match(cookie, /^limelight_console_\d+=[\w-]{43}; HttpOnly; SameSite=Strict$/);
    assert.ok(!cookie.includes(token), "the cookie is not the token");
    const sent = { cookie: `other=1; ${cookie.split(";")[0]}` };
    assert.equal((await ask(port, "/api/summary", { headers: sent })).status, 200);
    assert.equal((await ask(port, "/mcp", { method: "POST", headers: sent })).status, 401);
  });

  it("tells strangers how to get in", async () => {
    const { status, text, headers } = await ask(port, "/");

    assert.equal(status, 401);
    assert.match(headers["content-type"] ?? "", /^text\/html/);
    assert.match(text, /address the application printed/);
  });

  it("has no access under a foreign Host, as of a page whose name has been pointed here", async () => {
    const foreign = [
      "evil.example",
      `evil.example:${port}`,
      "localhost",
      "127.0.0.1",
      `localhost:${port + 1}`,
      `localhost.evil.example:${port}`,
      `localhost:${port}.evil.example`,
      `127.0.0.1:${port}@evil.example`,
      `192.168.0.1:${port}`,
      `0.0.0.0:${port}`,
    ];
    for (const host of foreign) {
      for (const path of ["/", `/?token=${token}`, "/api/summary", "/api/events", "/mcp"]) {
        const { status, json } = await ask(port, path, { headers: { ...bearer(), host } });
        const seen = [status, json.error.code];
        assert.deepEqual(seen, [403, "ERR_CONSOLE_FOREIGN_HOST"], `${host} ${path}`);
      }
    }
  });

  it("is whoever names this machine and the port exactly", async () => {
    for (const name of ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"]) {
      const headers = { ...bearer(), host: `${name}:${port}` };
      assert.equal((await ask(port, "/api/summary", { headers })).status, 200, name);
    }
  });

  it("is no page of another site, whichever header tells", async () => {
    const foreign: Headers[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "" },
      { origin: `http://localhost:${port + 1}` },
      { origin: "http://localhost" },
      { origin: `http://localhost:${port}/` },
      { origin: `file://localhost:${port}` },
      { origin: `http://localhost:${port}.evil.example` },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "cross-site", origin: `http://localhost:${port}` },
    ];
    for (const headers of foreign) {
      for (const path of ["/", "/api/summary", "/api/events", "/api/actions", "/mcp"]) {
        const { status, json } = await ask(port, path, { headers: { ...bearer(), ...headers } });
        const seen = [status, json?.error.code];
        const what = `${JSON.stringify(headers)} ${path}`;
        assert.deepEqual(seen, [403, "ERR_CONSOLE_CROSS_SITE"], what);
      }
    }
    const own: Headers[] = [
      { origin: `http://localhost:${port}` },
      { "sec-fetch-site": "same-origin" },
      { "sec-fetch-site": "none" },
    ];
    for (const headers of own) {
      const answer = await ask(port, "/api/summary", { headers: { ...bearer(), ...headers } });
      assert.equal(answer.status, 200, JSON.stringify(headers));
    }
  });

  it("gets no leave for other sites, and nothing that may be kept, framed or guessed at", async () => {
    const senders: Headers[] = [{}, bearer(), { ...bearer(), origin: "https://evil.example" }];
    for (const path of [...JSON_PATHS, ...OTHER_PATHS]) {
      for (const sender of senders) {
        const { headers } = await ask(port, path, { headers: sender });
        const names = Object.keys(headers).filter((name) => name.startsWith("access-control-"));
        assert.deepEqual(names, [], path);
        assert.equal(headers["content-security-policy"], POLICY);
        assert.equal(headers["cache-control"], "no-store");
        assert.equal(headers["x-content-type-options"], "nosniff");
        assert.equal(headers["referrer-policy"], "no-referrer");
        assert.equal(headers["cross-origin-resource-policy"], "same-origin");
        assert.equal(headers["x-frame-options"], "DENY");
      }
    }
  });

  it("may read by GET and HEAD, and nothing else", async () => {
    for (const path of [...JSON_PATHS, "/", "/api/events"]) {
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        const { status, headers, json } = await ask(port, path, { method, headers: bearer() });
        const seen = [status, json.error.code];
        assert.deepEqual(seen, [405, "ERR_CONSOLE_METHOD"], `${method} ${path}`);
        assert.match(headers.allow ?? "", /GET/);
      }
    }
    const head = await ask(port, "/api/summary", { method: "HEAD", headers: bearer() });
    assert.deepEqual([head.status, head.text], [200, ""]);
    for (const path of ["/api/actions", "/mcp"]) {
      const { status, headers } = await ask(port, path, { headers: bearer() });
      assert.deepEqual([status, headers.allow], [405, "POST"], path);
    }
  });

  it("is told of paths there are not", async () => {
    const paths = [
      "/nothing",
      "/api",
      "/api/",
      "/api/actor",
      "/api/actors/",
      "/api/actors/a/b",
      "/api/actors/%E0%A4%A",
      "/api/summary/",
      "/API/summary",
      "/assets/../../package.json",
      "/assets/%2e%2e/secret",
    ];
    for (const path of paths) {
      const { status, json } = await ask(port, path, { headers: bearer() });
      assert.deepEqual([status, json.error.code], [404, "ERR_CONSOLE_NOT_FOUND"], path);
    }
    for (const path of ["//evil.example/api/summary", "http://evil.example/api/summary", "*"]) {
      const { status } = await ask(port, path, { headers: bearer() });
      assert.equal(status, 400, path);
    }
  });

  it("is told what is wrong with a query", async () => {
    const queries = [
      "/api/logs?levl=warn",
      "/api/logs?level=loud",
      "/api/logs?limit=0",
      "/api/logs?limit=1e3",
      "/api/logs?limit=1&limit=2",
      "/api/traces?sort=name",
      "/api/traces?min_ms=-1",
      "/api/traces?error=maybe",
      `/api/actors?q=${"x".repeat(301)}`,
      "/api/events?rate=5",
      "/api/summary?constructor=1",
      "/api/summary?__proto__=1",
    ];
    for (const query of queries) {
      const { status, json } = await ask(port, query, { headers: bearer() });
      assert.deepEqual([status, json.error.code], [400, "ERR_CONSOLE_BAD_REQUEST"], query);
    }
  });

  it("gets a cookie of another name from a console on another port", async () => {
    await using other = await openConsole();
    const names = await Promise.all(
      [kit, other].map(async ({ console }) => {
        const { headers } = await ask(console.port, `/?token=${console.token}`);
        return headers["set-cookie"]?.[0]?.split("=")[0];
      }),
    );
    assert.notEqual(names[0], names[1]);
  });
});

describe("a console for other machines", () => {
  it("answers to the names it was given, and to no address", async () => {
    const token = "a-token-of-somebody";
    const allowedHosts = ["Console.Example:8443", "any-port.example"];
    await using kit = await openConsole({ host: "0.0.0.0", token, allowedHosts });
    const { port, url } = kit.console;
    const status = async (host: string): Promise<number> =>
      (await kit.get("/api/summary", { host })).status;

    assert.equal(await status("console.example:8443"), 200);
    assert.equal(await status("console.example"), 403);
    assert.equal(await status(`console.example:${port}`), 403);
    assert.equal(await status("any-port.example"), 200);
    assert.equal(await status("any-port.example:1234"), 200);
    assert.equal(await status(`192.168.1.5:${port}`), 403);
    assert.equal(await status(`localhost:${port}`), 200);
    assert.equal(url, `http://127.0.0.1:${port}/?token=${token}`);
  });
});
