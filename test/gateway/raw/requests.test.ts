import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { expose } from "../../../src/gateway.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf } from "../../_support/gateway-kit.ts";
import { report } from "../../_support/raw-report.ts";
import { METHODS, type RawPlace, RawWorld } from "../../_support/raw-world.ts";

/* What depends on the gateway only. What requests do is in `contract.test.ts`, for actors in any place. */

const MIB = 1_048_576;
const TOKEN = "correct-horse-battery";

async function place(): Promise<RawPlace> {
  const { system, [Symbol.asyncDispose]: dispose } = openSystem({});
  return { system, key: "a", [Symbol.asyncDispose]: dispose };
}

describe("requests for onRequest", () => {
  it("may be for a key of several parts, and for a path that ends with a slash", async () => {
    await using opened = await RawWorld.open(place);
    const url = `${opened.gateway.url}/actors/report/a,b/request/dir/`;

    assert.equal(await (await fetch(url)).text(), "/dir/");
    assert.equal(await opened.system.get(report, ["a", "b"]).ask.asked(), 1);
  });

  it("need a method that is exposed, and a type that there is", async () => {
    await using opened = await RawWorld.open(place);

    const wrong = await fetch(`${opened.url}/text`, { method: "DELETE" });
    const unknown = await fetch(`${opened.gateway.url}/actors/nothing/a/request/text`);

    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, METHODS.join(", ")]);
    assert.equal(unknown.status, 404);
    assert.equal((await opened.seen()).length, 0);
  });

  it("are asked of allow by method, before the actor is looked at", async () => {
    const asked: unknown[] = [];
    const allow = (access: unknown): boolean => {
      asked.push(access);
      return false;
    };
    const actors = [expose(report, { requests: ["GET"], allow })];
    await using opened = await RawWorld.open(place, { actors });

    const response = await fetch(`${opened.url}/text`);

    assert.equal(response.status, 403);
    assert.deepEqual(asked, [{ kind: "request", name: "GET", key: ["a"], caller: undefined }]);
    assert.equal((await opened.seen()).length, 0);
  });
});

describe("headers of requests for onRequest", () => {
  it("have the secrets of callers that the gateway does not check", async () => {
    await using opened = await RawWorld.open(place, { auth: "anyone" });
    const headers = { authorization: `Bearer ${TOKEN}`, cookie: "a=b" };

    await fetch(`${opened.url}/text`, { headers });

    const [first] = await opened.seen();
    assert.equal(first?.headers["authorization"], `Bearer ${TOKEN}`);
    assert.equal(first?.headers["cookie"], "a=b");
  });

  it("of the response set no cookies where callers are not told apart", async () => {
    await using opened = await RawWorld.open(place);

    const { headers } = await fetch(`${opened.url}/headers`);

    assert.equal(headers.get("set-cookie"), null);
    assert.equal(headers.get("x-frame-options"), "DENY");
  });
});

describe("bodies of requests for onRequest", () => {
  const limits = { bodyBytes: 1_000 };

  it("that are announced as too large wake nothing", async () => {
    await using opened = await RawWorld.open(place, { limits });

    const response = await fetch(`${opened.url}/text`, { method: "POST", body: "z".repeat(MIB) });

    assert.deepEqual([response.status, await codeOf(response)], [413, "ERR_BODY_TOO_LARGE"]);
    assert.equal((await opened.seen()).length, 0);
  });

  it("that turn out to be too large are answered with 413 by gateway.fetch", async () => {
    await using opened = await RawWorld.open(place, { limits });
    const body = new Blob(["z".repeat(MIB)]).stream();
    const request = new Request(`${opened.url}/text`, { method: "POST", body, duplex: "half" });

    const response = await opened.gateway.fetch(request);

    assert.deepEqual([response.status, await codeOf(response)], [413, "ERR_BODY_TOO_LARGE"]);
  });
});
