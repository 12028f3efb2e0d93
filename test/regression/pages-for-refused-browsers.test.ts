import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Answer, ask, type ConsoleKit, openConsole } from "../_support/console-kit.ts";

type Headers = Readonly<Record<string, string>>;

/** What a browser sends when somebody opens an address, comes from a link, or loads it into a frame. */
const NAVIGATION: Headers = {
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
};
const OTHER_SITES = ["cross-site", "same-site"];

describe("a browser that comes by a link of another page", () => {
  let kit: ConsoleKit;
  let port: number;
  before(async () => {
    kit = await openConsole();
    ({ port } = kit.console);
  });
  after(() => kit[Symbol.asyncDispose]());

  const navigate = (path: string, headers: Headers = {}): Promise<Answer> =>
    ask(port, path, { headers: { ...NAVIGATION, ...headers } });

  it("gets in with the token in the address", async () => {
    for (const site of ["none", "same-origin", ...OTHER_SITES]) {
      const answer = await navigate(`/?token=${kit.console.token}`, { "sec-fetch-site": site });
      assert.equal(answer.status, 303, site);
      assert.equal(answer.headers["set-cookie"]?.length, 1, site);
    }
  });

  it("is led in by a request of the console's own site: a strict cookie comes with no other", async () => {
    for (const site of OTHER_SITES) {
      const { status, headers, text } = await navigate("/", { "sec-fetch-site": site });
      assert.equal(status, 401);
      assert.match(headers["content-type"] ?? "", /^text\/html/);
      assert.match(text, /<meta http-equiv="refresh" content="0; ?url=\.\/">/, site);
    }
    const own = await navigate("/", { "sec-fetch-site": "same-origin" });
    assert.equal(own.status, 401);
    assert.doesNotMatch(own.text, /http-equiv/, "it would go round in circles");
  });

  it("stays out where it asks in any other way", async () => {
    const others: readonly (readonly [method: string, headers: Headers])[] = [
      ["GET", { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }],
      ["GET", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
      ["GET", { "sec-fetch-dest": "iframe" }],
      ["GET", { "sec-fetch-dest": "object" }],
      ["GET", { "sec-fetch-mode": "websocket", "sec-fetch-dest": "empty" }],
      ["GET", { origin: "https://evil.example" }],
      ["POST", { origin: "https://evil.example" }],
      ["POST", {}],
      ["HEAD", { "sec-fetch-dest": "iframe" }],
    ];
    for (const [method, headers] of others) {
      const site = { "sec-fetch-site": "cross-site" };
      const all = { ...NAVIGATION, ...site, ...headers };
      const answer = await ask(port, `/?token=${kit.console.token}`, { method, headers: all });
      assert.equal(answer.status, 403, `${method} ${JSON.stringify(headers)}`);
      assert.equal(answer.headers["set-cookie"], undefined);
    }
  });

  it("needs the token everywhere else, too", async () => {
    for (const path of ["/api/summary", "/api/actions", "/mcp", "/assets/console.js"]) {
      const { status } = await navigate(path, { "sec-fetch-site": "cross-site" });
      assert.equal(status, 401, path);
    }
  });
});

describe("a browser that is refused", () => {
  let kit: ConsoleKit;
  let port: number;
  let known: Headers;
  before(async () => {
    kit = await openConsole();
    port = kit.console.port;
    known = { authorization: `Bearer ${kit.console.token}` };
  });
  after(() => kit[Symbol.asyncDispose]());

  it("gets a page that says why, regardless of the refusal", async () => {
    const cases: readonly (readonly [
      status: number,
      path: string,
      headers: Headers,
      method?: string,
    ])[] = [
      [400, "/api/logs?level=%3Cscript%3Ealert(1)%3C/script%3E", known],
      [401, "/", {}],
      [401, "/?token=wrong", {}],
      [401, "/api/summary", {}],
      [403, "/", { host: "evil.example" }],
      [
        403,
        "/api/summary",
        { ...known, "sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe" },
      ],
      [403, "/", { "sec-fetch-site": "cross-site", origin: "null" }, "POST"],
      [404, "/nothing", known],
      [404, "/api/actors/nobody", known],
      [405, "/mcp", known],
      [405, "/", known, "POST"],
    ];
    for (const [status, path, headers, method = "GET"] of cases) {
      const answer = await ask(port, path, { method, headers: { ...NAVIGATION, ...headers } });
      const what = `${method} ${path} ${JSON.stringify(headers)}`;
      assert.equal(answer.status, status, what);
      assert.match(answer.headers["content-type"] ?? "", /^text\/html; charset=utf-8/, what);
      assert.match(answer.text, /<h1>[^<]+<\/h1>\s*<p>/, what);
      assert.doesNotMatch(answer.text, /<script/, what);
      assert.ok(!answer.text.includes(kit.console.token), what);
    }
  });

  it("is answered in JSON where a script asks, and so is a program", async () => {
    for (const accept of ["*/*", "application/json", ""]) {
      const headers = { ...known, ...(accept === "" ? {} : { accept }) };
      const { status, json } = await ask(port, "/nothing", { headers });
      assert.deepEqual([status, json.error.code], [404, "ERR_CONSOLE_NOT_FOUND"], accept);
    }
  });

  it("learns that its cookies are too many", async () => {
    const cookie = `other=${"x".repeat(20_000)}`;

    const { status, text, headers } = await ask(port, "/", { headers: { ...NAVIGATION, cookie } });

    assert.equal(status, 431);
    assert.match(text, /cookies/);
    assert.match(headers["content-type"] ?? "", /^text\/html; charset=utf-8/);
    assert.equal(headers["x-content-type-options"], "nosniff");
  });
});
