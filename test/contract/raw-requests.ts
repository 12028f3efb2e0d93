import assert from "node:assert/strict";
import { once } from "node:events";
import { request as nodeRequest } from "node:http";
import { describe, it } from "node:test";
import { expose } from "../../src/gateway.ts";
import { codeOf } from "../_support/gateway-kit.ts";
import { CHUNK, report } from "../_support/raw-report.ts";
import { eventually, type RawPlace, RawWorld } from "../_support/raw-world.ts";

const MIB = 1_048_576;
const TOKEN = "correct-horse-battery";

/**
 * What requests for `onRequest` do, wherever the actor is.
 *
 * @param place returns a place for one test
 */
export function rawRequestContract(place: () => Promise<RawPlace>): void {
  describe("requests", () => {
    it("reach the actor with path, query and body, and are answered with its response", async () => {
      await using opened = await RawWorld.open(place);

      const rest = await fetch(`${opened.url}/rows%20a/b.csv?x=1`);
      const root = await fetch(opened.url);
      const text = await fetch(`${opened.url}/text`, { method: "POST", body: "hello" });

      assert.deepEqual([rest.status, await rest.text()], [200, "/rows%20a/b.csv"]);
      assert.deepEqual([await root.text(), await text.text()], ["/", "hello"]);
      assert.equal(text.headers.get("x-content-type-options"), "nosniff");
      const [first, , third] = await opened.seen();
      assert.equal(new URL(first?.url ?? "").search, "?x=1");
      assert.deepEqual([first?.method, third?.method], ["GET", "POST"]);
      assert.equal(await opened.ref.ask.asked(), 3);
    });

    it("stream both ways", async () => {
      await using opened = await RawWorld.open(place);
      const body = Buffer.from(Array.from({ length: MIB }, (_, at) => (at * 7 + (at >> 8)) & 255));

      const response = await fetch(`${opened.url}/echo`, { method: "POST", body });

      assert.equal(response.status, 201);
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(body));
      await eventually(() => opened.isIdle());
    });

    it("are answered many at a time, each with its own response", async () => {
      await using opened = await RawWorld.open(place);
      const texts = Array.from({ length: 20 }, (_, at) => `${at}-`.repeat(10_000));

      const answers = await Promise.all(
        texts.map(async (body) => {
          const response = await fetch(`${opened.url}/echo`, { method: "POST", body });
          return await response.text();
        }),
      );

      assert.deepEqual(answers, texts);
      await eventually(() => opened.isIdle());
    });

    it("are answered without a body for HEAD", async () => {
      await using opened = await RawWorld.open(place);

      const response = await fetch(`${opened.url}/endless`, { method: "HEAD" });

      assert.deepEqual([response.status, await response.text()], [200, ""]);
      await eventually(() => opened.isIdle());
      assert.ok((await opened.pulledBytes()) <= CHUNK);
    });

    it("are answered with any status, and without a body where there is none", async () => {
      await using opened = await RawWorld.open(place);

      for (const status of [204, 304, 599]) {
        const response = await fetch(`${opened.url}/status/${status}`);
        const text = status === 599 ? "odd" : "";
        assert.deepEqual([response.status, await response.text()], [status, text]);
      }
    });

    it("do not create an actor where create is false", async () => {
      const given = [expose(report, { requests: ["GET"], create: false })];
      await using opened = await RawWorld.open(place, { actors: given });

      const none = await fetch(`${opened.gateway.url}/actors/report/nobody/request/text`);
      const some = await fetch(`${opened.url}/there`);

      assert.deepEqual([none.status, await codeOf(none)], [404, "ERR_NO_SUCH_ACTOR"]);
      assert.deepEqual([some.status, await some.text()], [200, "/there"]);
    });

    it("are not for a type without onRequest", async () => {
      await using opened = await RawWorld.open(place);

      const none = await fetch(`${opened.gateway.url}/actors/quiet/a/request/text`);

      assert.equal(none.status, 404);
    });

    it("are answered with what onRequest throws, as far as it is public", async () => {
      await using opened = await RawWorld.open(place);

      for (const path of ["throws", "error", "nothing", "used", "locked"]) {
        const response = await fetch(`${opened.url}/${path}`);
        assert.deepEqual([response.status, await codeOf(response)], [500, "ERR_INTERNAL"], path);
      }
      const told = await fetch(`${opened.url}/denies`);
      const { error } = (await told.json()) as { error: Record<string, unknown> };
      assert.deepEqual([told.status, error["code"], error["data"]], [409, "CLOSED", { until: 5 }]);
      assert.equal(await (await fetch(`${opened.url}/next`)).text(), "/next");
    });

    it("that take too long are answered with 504", async () => {
      await using opened = await RawWorld.open(place, { limits: { callTimeoutMs: 1_000 } });

      const response = await fetch(`${opened.url}/never`);

      assert.deepEqual([response.status, await codeOf(response)], [504, "ERR_ASK_TIMEOUT"]);
      opened.ref.kill();
    });
  });

  describe("headers", () => {
    it("of the request have no secrets and nothing of the connection", async () => {
      await using opened = await RawWorld.open(place, { auth: { [TOKEN]: { id: "alice" } } });
      const headers = { authorization: `Bearer ${TOKEN}`, cookie: "a=b", "x-own": "1" };

      await fetch(`${opened.url}/text`, { headers });

      const [first] = await opened.seen();
      const names = ["authorization", "cookie", "connection", "x-own"];
      assert.deepEqual(
        names.map((name) => first?.headers[name]),
        [undefined, undefined, undefined, "1"],
      );
    });

    it("of the response are those of the actor, except for the gateway's own", async () => {
      await using opened = await RawWorld.open(place, { auth: () => ({ id: "alice" }) });
      const headers = { authorization: "Bearer x" };

      const given = (await fetch(`${opened.url}/headers`, { headers })).headers;
      const cookies = (await fetch(`${opened.url}/cookies`, { headers })).headers.getSetCookie();
      const sent = nodeRequest(`${opened.url}/huge`, { headers, maxHeaderSize: 65_536 });
      sent.end();
      const [huge] = await once(sent, "response");
      huge.resume();

      const names = ["cache-control", "x-hop", "set-cookie", "content-length", "x-own"];
      assert.deepEqual(
        [...names, "access-control-allow-origin"].map((name) => given.get(name)),
        ["max-age=60", null, "a=b", null, "1", null],
      );
      assert.notEqual(given.get("x-request-id"), "forged");
      assert.deepEqual(cookies, ["a=1", "b=2", "c=3"]);
      assert.equal(huge.headers["x-huge"].length, 20_000);
    });
  });

  describe("requests that are aborted before the response has begun", () => {
    it("abort the signal of the actor", async () => {
      await using opened = await RawWorld.open(place, { port: undefined });
      const abort = new AbortController();
      const url = `http://localhost/actors/report/${opened.key}/request/until-aborted`;
      const answered = opened.gateway.fetch(new Request(url, { signal: abort.signal }));
      const settled = Promise.allSettled([answered]);
      // The actor itself waits.
      const other = opened.refOf("other");
      await eventually(async () => (await other.ask.seen()).length === 1);

      abort.abort();

      await settled;
      assert.equal((await opened.seen())[0]?.isAborted, true);
      await eventually(() => opened.isIdle());
    });
  });
}
