import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, before, describe, it } from "node:test";
import { type Answer, ask, order, show, traceIdOf } from "../_support/demo-client.ts";
import { DemoProcess } from "../_support/demo-process.ts";

/** What a wrong request gets: the status, a body with the code, and the trace. */
function refused(answer: Answer, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.json.error.code], [status, code], answer.text);
  assert.equal(typeof answer.json.error.message, "string");
  assert.match(String(answer.headers["content-type"]), /^application\/json/);
  assert.match(traceIdOf(answer), /^[0-9a-f]{32}$/);
}

describe("the order desk turns down", () => {
  let demo: DemoProcess;
  before(async () => {
    demo = await DemoProcess.open(["--no-load", "--payment-failure-rate", "0"]);
  });
  after(() => demo[Symbol.asyncDispose]());

  it("what is no JSON", async () => {
    for (const body of ["", "two lamps", '{"item":', "{'item':'lamp'}", "\u0000"]) {
      refused(await order(demo.url, body), 400, "ERR_BAD_REQUEST");
    }
  });

  it("what is no order", async () => {
    const wrong = [null, 7, [], "lamp", {}, { item: "lamp" }, { quantity: 1 }];
    for (const item of ["unicorn", "toString", "__proto__", "", 7, null, ["lamp"]]) {
      wrong.push({ item, quantity: 1 } as never);
    }
    for (const quantity of [0, -1, 1.5, 21, 1e9, "1", null, true, [1], {}]) {
      wrong.push({ item: "lamp", quantity } as never);
    }
    for (const body of wrong) {
      refused(await order(demo.url, JSON.stringify([body])), 400, "ERR_INVALID_ARGUMENTS");
    }
  });

  it("a body that tries to write log lines of its own, without repeating it anywhere", async () => {
    const forged = 'lamp"}\n{"level":60,"msg":"forged"}\r\n\u001b[2J\u2028';
    refused(await order(demo.url, { item: forged, quantity: 1 }), 400, "ERR_INVALID_ARGUMENTS");
    refused(await order(demo.url, forged), 400, "ERR_BAD_REQUEST");
    refused(await show(demo.url, encodeURIComponent(forged)), 404, "ERR_NO_SUCH_ACTOR");

    await order(demo.url, { item: "lamp", quantity: 1 });
    await demo.line("order placed");
    assert.ok(demo.stdout.every((line) => line.startsWith('{"level":')));
    assert.doesNotMatch(demo.stdout.join("\n") + demo.stderr, /forged/);
  });

  it("a body that is too large, and goes on working", async () => {
    const item = "x".repeat(1_000_000);
    refused(await order(demo.url, { item, quantity: 1 }), 413, "ERR_BODY_TOO_LARGE");
    const huge = "x".repeat(20_000_000);
    // Nobody reads all of that: the connection may be cut before the answer has been read.
    await order(demo.url, huge).then(
      (answer) => refused(answer, 413, "ERR_BODY_TOO_LARGE"),
      (error: NodeJS.ErrnoException) => assert.match(String(error.code), /EPIPE|ECONNRESET/),
    );

    assert.equal((await order(demo.url, { item: "lamp", quantity: 1 })).status, 200);
  });

  it("another media type", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
      const answer = await order(demo.url, "{}", { headers: { "content-type": type } });
      refused(answer, 415, "ERR_MEDIA_TYPE");
    }
    const headers = { "content-type": "Application/JSON; charset=utf-8" };
    const fine = await order(demo.url, { item: "lamp", quantity: 1 }, { headers });
    assert.equal(fine.status, 200);
  });

  it("what is not there: other desks, messages and paths, and an order that there is none of", async () => {
    const place = "/actors/desk/other/ask/place";
    const body = '[{"item":"lamp","quantity":1}]';
    const json = { method: "POST", body, headers: { "content-type": "application/json" } };
    refused(await ask(`${demo.url}${place}`, json), 403, "ERR_FORBIDDEN");
    for (const path of [
      "/",
      "/orders",
      "/actors/order/1/ask/place",
      "/actors/order/1/ask/cancel",
    ]) {
      refused(await ask(`${demo.url}${path}`, json), 404, "ERR_NOT_FOUND");
    }
    refused(await show(demo.url, "00000000"), 404, "ERR_NO_SUCH_ACTOR");
  });

  it("the name of another host", async () => {
    for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:80", "[::2]"]) {
      const answer = await order(demo.url, { item: "lamp", quantity: 1 }, { headers: { host } });
      refused(answer, 403, "ERR_FOREIGN_HOST");
    }
    for (const host of ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:9"]) {
      assert.equal((await ask(`${demo.url}/livez`, { headers: { host } })).status, 200);
    }
  });

  it("more than there is in stock", async () => {
    refused(await order(demo.url, { item: "plant", quantity: 20 }), 409, "OUT_OF_STOCK");
  });
});

describe("an order desk whose payments fail", () => {
  it("says so: 402 for a declined card, 500 for a terminal that broke and was restarted", async () => {
    await using demo = await DemoProcess.open([
      ...["--no-load", "--payment-failure-rate", "1", "--seed", "1"],
    ]);
    const seen = new Map<number, Answer>();
    for (let tries = 0; seen.size < 2 && tries < 100; tries += 1) {
      const answer = await order(demo.url, { item: "lamp", quantity: 1 });
      seen.set(answer.status, answer);
    }

    assert.deepEqual([...seen.keys()].toSorted(), [402, 500]);
    refused(seen.get(402) as Answer, 402, "PAYMENT_DECLINED");
    const broken = seen.get(500) as Answer;
    refused(broken, 500, "ERR_INTERNAL");
    assert.doesNotMatch(broken.text, /terminal/);
    const requestId = broken.headers["x-request-id"];
    const { err } = await demo.line("internal error", { request_id: requestId });
    assert.equal((err as { code: string }).code, "ERR_PAYMENT_TERMINAL");
    const restarted = await demo.line("actor restarted", { actor_type: "payment" });
    assert.equal(restarted["trace_id"], traceIdOf(broken));
    // All came back on the shelf: 60 lamps are there for whoever can pay.
    assert.equal((await order(demo.url, { item: "lamp", quantity: 20 })).status > 401, true);
  });
});

describe("an order desk with more customers than it can serve", () => {
  it("sends some away at once and gives the patience of others up, with coded answers", async () => {
    await using demo = await DemoProcess.open(["--no-load", "--payment-failure-rate", "0"]);
    const agent = new Agent({ keepAlive: true, maxSockets: 400 });
    const items = ["lamp", "chair", "table"];
    const answers = await Promise.all(
      Array.from({ length: 170 }, (_, turn) =>
        order(demo.url, { item: items[turn % 3], quantity: 1 }, { agent }),
      ),
    );
    agent.destroy();

    const byStatus = Map.groupBy(answers, ({ status }) => status);
    assert.deepEqual([...byStatus.keys()].toSorted(), [200, 503, 504]);
    for (const answer of byStatus.get(503) ?? []) {
      refused(answer, 503, "ERR_MAILBOX_FULL");
      assert.equal(answer.headers["retry-after"], "1");
    }
    for (const answer of byStatus.get(504) ?? []) refused(answer, 504, "ERR_ASK_TIMEOUT");
  });
});
