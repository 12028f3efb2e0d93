import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { BacklogClient } from "../_support/backlog-client.ts";
import { exchange, holdOpen, rawRequest, whenDropped } from "../_support/raw-http.ts";

/** A server under test, and requests that it answers with 200. */
export interface GuardedServer {
  readonly port: number;
  /** Path of something that can be read. */
  readonly path: string;
  /** Headers that a client has to send besides `Host`. */
  readonly headers: readonly string[];
  /** Where a JSON body is read, if anywhere. */
  readonly bodyPath: string | undefined;
  /** Connections beyond which it takes no more; `undefined` where it has no such limit. */
  readonly maxConnections: number | undefined;
  close(): PromiseLike<void>;
}

/** A hostile or odd request, and the status it gets; 0 for a connection that is closed without an answer. */
interface Row {
  readonly what: string;
  readonly statuses: readonly number[];
  /** In place of the right `Host`. */
  readonly host?: readonly string[];
  readonly headers?: readonly string[];
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  readonly body?: string;
}

/** Dropped "within seconds": headers have 5, bodies 10, and the server checks each second. */
const DROPPED_MS = 20_000;
const BACKLOG_ROUNDS = 20;
const BACKLOG = 12;
const NAVIGATION = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"];

/** @param port of the server, as a row may need it */
function hostRows(port: number): readonly Row[] {
  const foreign = [
    "evil.example",
    `evil.example:${port}`,
    `localhost.evil.example:${port}`,
    `localhost:${port}.evil.example`,
    `127.0.0.1:${port}@evil.example`,
    `localhost.:${port}`,
    `127.1:${port}`,
    `2130706433:${port}`,
    `0x7f.0.0.1:${port}`,
    `10.0.0.1:${port}`,
    `0.0.0.0:${port}`,
    `[::2]:${port}`,
    `[::ffff:127.0.0.1]:${port}`,
    `::1:${port}`,
    `[::1`,
    `localhost:${port}:1`,
    `localhost:${port},evil.example`,
    `local\thost:${port}`,
    `http://localhost:${port}`,
    "",
  ];
  const own = [`localhost:${port}`, `LOCALHOST:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`];
  return [
    ...foreign.map((host) => ({ what: `Host ${host}`, host: [`Host: ${host}`], statuses: [403] })),
    ...own.map((host) => ({ what: `Host ${host}`, host: [`Host: ${host}`], statuses: [200] })),
    { what: "no Host", host: [], statuses: [400] },
    { what: "no Host in HTTP/1.0", host: [], version: "1.0", statuses: [403] },
    ...[`localhost:${port}`, "evil.example"].map((second) => ({
      what: `a second Host ${second}`,
      host: [`Host: localhost:${port}`, `Host: ${second}`],
      statuses: [400],
    })),
    { what: "an absolute target", target: "http://evil.example/", statuses: [400, 404] },
  ];
}

function siteRows(port: number): readonly Row[] {
  const origins = [
    "https://evil.example",
    "null",
    `http://localhost:${port + 1}`,
    `http://localhost:${port}.evil.example`,
    `http://localhost:${port}@evil.example`,
    `file://localhost:${port}`,
    `http://localhost:${port}/`,
    "",
  ];
  const foreign = [
    ...origins.map((origin) => [`Origin: ${origin}`]),
    ["Sec-Fetch-Site: cross-site"],
    ["Sec-Fetch-Site: same-site"],
    ["Sec-Fetch-Site: CROSS-SITE"],
    ["Sec-Fetch-Site: same-origin, cross-site"],
    ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"],
    ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"],
    [...NAVIGATION, "Sec-Fetch-Dest: iframe"],
    [...NAVIGATION, "Sec-Fetch-Dest: document", "Origin: https://evil.example"],
  ];
  const own = [
    [`Origin: http://localhost:${port}`],
    ["Sec-Fetch-Site: same-origin"],
    ["Sec-Fetch-Site: none"],
    [...NAVIGATION, "Sec-Fetch-Dest: document"],
  ];
  return [
    ...foreign.map((headers) => ({ what: headers.join(", "), headers, statuses: [403] })),
    ...own.map((headers) => ({ what: headers.join(", "), headers, statuses: [200] })),
  ];
}

const OTHER_ROWS: readonly Row[] = [
  ...["FOO", "get", "GE T", "", "PRI"].map((method) => ({
    what: `the method ${JSON.stringify(method)}`,
    method,
    statuses: [400],
  })),
  ...["PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"].map((method) => ({
    what: `the method ${method}`,
    method,
    statuses: [405],
  })),
  { what: "CONNECT", method: "CONNECT", target: "evil.example:443", statuses: [0] },
  ...[
    "/%",
    "/%zz",
    "/%00",
    "/%E0%A4%A",
    "//evil.example/",
    "/../../etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/x",
    "/\\..\\x",
    "/\xff\xfe",
    "*",
    "evil",
    `/${"a".repeat(8_000)}`,
  ].map((target) => ({ what: `the path ${target.slice(0, 30)}`, target, statuses: [400, 404] })),
  { what: "a space in the path", target: "/a b", statuses: [400] },
  { what: "20 KiB of headers", headers: [`X-A: ${"x".repeat(20_480)}`], statuses: [431] },
  { what: "a path of 20 KiB", target: `/${"a".repeat(20_480)}`, statuses: [431] },
  { what: "a header with NUL", headers: ["X-A: \0"], statuses: [400] },
  { what: "a header with a bare line feed", headers: ["X-A: a\nX-B: b"], statuses: [400] },
  { what: "a header without a name", headers: [": a"], statuses: [400] },
  { what: "a space before the colon", headers: ["X-A : a"], statuses: [400] },
  ...["+1", "-1", "0x1", "1, 2", "1e1", "99999999999999999999"].map((length) => ({
    what: `Content-Length ${length}`,
    headers: [`Content-Length: ${length}`],
    statuses: [400],
  })),
  {
    what: "two lengths",
    headers: ["Content-Length: 1", "Content-Length: 2"],
    body: "ab",
    statuses: [400],
  },
  {
    what: "chunks and a length",
    headers: ["Transfer-Encoding: chunked", "Content-Length: 3"],
    body: "0\r\n\r\n",
    statuses: [400],
  },
  {
    what: "chunks that are not the last coding",
    headers: ["Transfer-Encoding: chunked, identity"],
    statuses: [400],
  },
  { what: "an expectation of its own", headers: ["Expect: wonders"], statuses: [417] },
  { what: "HTTP/2 by upgrade", headers: ["Upgrade: h2c", "HTTP2-Settings: AAM"], statuses: [200] },
  {
    what: "a WebSocket",
    headers: ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA"],
    statuses: [200],
  },
];

/** What every server of the repository does with hostile requests and slow connections. */
export function describeGuardedServer(name: string, open: () => Promise<GuardedServer>): void {
  describe(name, { concurrency: true }, () => {
    let server: GuardedServer;
    before(async () => {
      server = await open();
    });
    after(() => server.close());

    const toRequest = (row: Partial<Row>): string => {
      const { host = [`Host: localhost:${server.port}`], headers = [], target = server.path } = row;
      const all = [...host, ...server.headers, ...headers, "Connection: close"];
      return rawRequest(target, all, row);
    };
    const send = async (row: Partial<Row>): Promise<number> =>
      (await exchange(server.port, toRequest(row))).statuses[0] ?? 0;
    const check = async (rows: readonly Row[]): Promise<void> => {
      for (const row of rows) {
        const status = await send(row);
        assert.ok(row.statuses.includes(status), `${row.what}: ${status}, not ${row.statuses}`);
      }
      assert.equal(await send({}), 200, "it goes on");
    };

    it("answers to its own names only", () => check(hostRows(server.port)));
    it("answers no page of another site", () => check(siteRows(server.port)));
    it("refuses what is no proper request", () => check(OTHER_ROWS));

    it("shows nothing of a refused request to the client", async () => {
      const marked = `${"<script>"}mark`;
      const { text } = await exchange(
        server.port,
        toRequest({ target: `/${marked}`, host: [`Host: ${marked}`], headers: [`X-A: ${marked}`] }),
      );
      assert.doesNotMatch(text, /mark/);
    });

    it("answers pipelined requests in order, and what is no request after them", async () => {
      const [first, last] = [`Host: localhost:${server.port}`, "Connection: close"];
      const one = rawRequest(server.path, [first, ...server.headers]);
      const end = rawRequest("/nothing", [first, ...server.headers, last]);

      assert.deepEqual((await exchange(server.port, one + one + end)).statuses, [200, 200, 404]);
      const { statuses } = await exchange(server.port, `${one}nonsense\r\n\r\n`);
      assert.ok(statuses.length <= 2 && statuses.every((status) => [200, 400].includes(status)));
      assert.equal(await send({}), 200);
    });

    it("reads a body up to a limit, and refuses a larger one while it is still coming", async () => {
      const { bodyPath: target } = server;
      if (target === undefined) return; // it reads none
      const type = "Content-Type: application/json";
      const post = (body: string, headers: readonly string[]): Promise<number> =>
        send({ method: "POST", target, headers: [type, ...headers], body });
      const large = `"${"x".repeat(1_000_000)}"`;
      const chunked = `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;

      assert.equal(await post(large, [`Content-Length: ${large.length}`]), 413);
      assert.equal(await post(chunked, ["Transfer-Encoding: chunked"]), 413);
      assert.equal(await post("{", ["Content-Length: 1"]), 400);
      assert.equal(await post("zz\r\n", ["Transfer-Encoding: chunked"]), 400);
    });

    it("drops connections that send nothing, half a head or half a body", {
      timeout: DROPPED_MS,
    }, async () => {
      const { port, bodyPath } = server;
      const host = `Host: localhost:${port}`;
      const json = [host, ...server.headers, "Content-Type: application/json"];
      const starts = ["", "GET", `GET ${server.path} HTTP/1.1\r\n${host}\r\nX-A: `];
      if (bodyPath !== undefined) {
        starts.push(
          rawRequest(bodyPath, [...json, "Content-Length: 9"], { method: "POST", body: "{" }),
        );
      }
      const sockets = await Promise.all(starts.map((start) => holdOpen(port, start)));

      await Promise.all(sockets.map((socket) => whenDropped(socket)));

      for (const socket of sockets) socket.destroy();
    });
  });

  describe(`${name} whose places are all taken by half-open connections`, () => {
    it("answers again within seconds", { timeout: DROPPED_MS }, async () => {
      const server = await open();
      const { maxConnections = 0, port } = server;
      const sockets: Socket[] = [];
      for (let made = 0; made < maxConnections; made += 1) {
        sockets.push(await holdOpen(port, "GET / HTTP/1.1\r\nX-A:"));
      }
      const headers = [`Host: localhost:${port}`, ...server.headers, "Connection: close"];
      const ask = async (): Promise<boolean> =>
        (await exchange(port, rawRequest(server.path, headers))).statuses[0] === 200;

      const free = Promise.race(sockets.map((socket) => whenDropped(socket)));
      if (maxConnections > 0) await free;

      while (!(await ask()));
      for (const socket of sockets) socket.destroy();
      await server.close();
    });
  });

  describe(`${name} that is closed`, () => {
    it(`answers what clients have sent already, ${BACKLOG_ROUNDS} times`, async () => {
      await using client = await BacklogClient.start(BACKLOG);
      for (let round = 0; round < BACKLOG_ROUNDS; round += 1) {
        const server = await open();
        const { port, path, headers } = server;
        const request = rawRequest(path, [`Host: localhost:${port}`, ...headers]);

        const outcomes = client.send(port, request);
        const closed = server.close();

        const answered = (await outcomes).filter((outcome) => typeof outcome === "number");
        assert.equal(answered.length, BACKLOG, `round ${round}: ${await outcomes}`);
        await closed;
      }
    });

    it("is not kept open by connections without a request", { timeout: DROPPED_MS }, async () => {
      const server = await open();
      const socket = await holdOpen(server.port, "GET / HTTP/1.1\r\n");

      await server.close();

      assert.equal((await exchange(server.port, "")).text, "");
      socket.destroy();
    });
  });
}
