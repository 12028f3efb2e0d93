import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientWorld, rejection } from "../_support/client-world.ts";
import { ScriptedGateway } from "../_support/scripted-gateway.ts";

describe("a call over HTTP that cannot be sent", () => {
  const broken = (): never => {
    throw new Error("broken");
  };
  for (const [what, options, code] of [
    ["a token that is no header", { token: "t\u20ac" }, "ERR_INVALID_OPTION"],
    ["a token with a line end", { token: () => "a\nb" }, "ERR_INVALID_OPTION"],
    ["a token that cannot be read", { token: broken }, "ERR_TOKEN"],
    ["`inject` that throws", { inject: broken }, "ERR_INVALID_OPTION"],
    [
      "`inject` that adds what is no header",
      { inject: (carrier: object) => void Object.assign(carrier, { "a b": "1" }) },
      "ERR_INVALID_OPTION",
    ],
  ] as const) {
    it(`rejects, and says that it was not: ${what}`, async () => {
      await using gateway = await ScriptedGateway.listen();
      const room = new ClientWorld(gateway.url, options).client.room.get("a");

      for (const call of [
        room.with({ idempotent: true }).ask.lines(),
        room.tell.say("a"),
        room.queue.files.send({ path: "a" }),
        room.fetch("/a"),
      ]) {
        const error = await rejection(call);
        assert.deepEqual([error.code, error.outcome], [code, "not_handled"]);
      }
      assert.equal(gateway.requests.length, 0);
    });
  }
});

describe("the outcome of a call whose request fails", () => {
  const cause = (message: string, properties: object = {}): Error =>
    new TypeError("fetch failed", { cause: Object.assign(new Error(message), properties) });
  for (const [error, outcome] of [
    [cause("connect EMFILE 127.0.0.1:80 - Local (undefined:undefined)"), "not_handled"],
    [cause("connect EADDRNOTAVAIL 127.0.0.1:80"), "not_handled"],
    [cause("connect EHOSTUNREACH 10.0.0.1:80", { code: "EHOSTUNREACH" }), "not_handled"],
    [
      cause("", { code: "ENETUNREACH", errors: [new Error("connect ENETUNREACH ::1:80")] }),
      "not_handled",
    ],
    [cause("getaddrinfo ENOTFOUND gateway"), "not_handled"],
    [cause("read EHOSTUNREACH", { code: "EHOSTUNREACH" }), "unknown"],
    [cause("read ECONNRESET", { code: "ECONNRESET" }), "unknown"],
    [cause("other side closed", { code: "UND_ERR_SOCKET" }), "unknown"],
  ] as const) {
    it(`is ${outcome} after ${error.cause}`, async () => {
      const fetch = (): Promise<never> => Promise.reject(error);
      const { client } = new ClientWorld("http://gateway", { fetch, retries: 0 });

      assert.equal((await rejection(client.room.get("a").ask.lines())).outcome, outcome);
    });
  }
});

describe("an answer with a status that the gateway does not give to such a call", () => {
  it("is not taken for its answer", async () => {
    await using gateway = await ScriptedGateway.listen();
    const room = new ClientWorld(gateway.url).client.room.get("a");
    const answered = async (status: number, call: () => Promise<unknown>): Promise<string> => {
      gateway.answer = () => ({ status, body: { id: 7 } });
      return (await rejection(call())).code;
    };

    for (const code of [
      await answered(200, () => room.tell.say("a")),
      await answered(204, () => room.tell.say("a")),
      await answered(200, () => room.queue.files.send({ path: "a" })),
      await answered(204, () => room.queue.files.send({ path: "a" })),
      await answered(202, () => room.queue.files.send({ path: "a" })),
      await answered(202, () => room.ask.lines()),
      await answered(206, () => room.ask.lines()),
    ]) {
      assert.equal(code, "ERR_RESPONSE");
    }
  });
});
