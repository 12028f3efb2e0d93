import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ManualClock } from "../../src/testing.ts";
import { ClientWorld, failure, rejection } from "../_support/client-world.ts";
import { ScriptedGateway } from "../_support/scripted-gateway.ts";
import { until } from "../_support/telemetry-until.ts";

/** Resolves once a call waits for its next attempt: besides the timer of its time-out there is another one. */
async function untilRepeat(clock: ManualClock): Promise<void> {
  await until(() => clock.pendingTimers === 2, "a repeat");
}

describe("a call over HTTP", () => {
  it("posts its arguments, and resolves with the reply", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.answer = () => ({ status: 200, body: ["a", "b"] });
    const { client } = new ClientWorld(`${gateway.url}/api/`);

    const lines = await client.room.get(["lobby", "de,at"]).ask.lines();

    assert.deepEqual(lines, ["a", "b"]);
    const [request] = gateway.requests;
    assert.equal(request?.method, "POST");
    assert.equal(request?.path, "/api/actors/room/lobby,de%2Cat/ask/lines");
    assert.equal(request?.query.get("timeoutMs"), "9800");
    assert.equal(request?.headers["content-type"], "application/json");
    assert.equal(request?.headers.authorization, undefined);
    assert.equal(request?.body, "[]");
  });

  it("leaves out arguments at the end that are undefined, and sends the input beside them", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client } = new ClientWorld(gateway.url);

    assert.equal(await client.room.get("a").ask.say("hi", undefined), undefined);
    await client.room.get("a", { input: { size: 3 } }).ask.say("hi");

    assert.deepEqual(
      gateway.requests.map(({ body }) => JSON.parse(body)),
      [["hi"], { args: ["hi"], input: { size: 3 } }],
    );
  });

  it("tells, sends to queues and waits for their replies", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.answer = ({ path, query }) => {
      if (path.includes("/tell/")) return { status: 202 };
      return query.has("waitMs") ? { status: 200, body: 5 } : { status: 202, body: { id: "07" } };
    };
    const room = new ClientWorld(gateway.url).client.room.get("a");

    assert.equal(await room.tell.say("hi"), undefined);
    assert.equal(await room.queue.files.send({ path: "a.csv" }), "07");
    assert.equal(await room.queue.files.ask({ path: "b.csv" }), 5);

    assert.deepEqual(
      gateway.requests.map(({ path, query, body }) => [path, query.get("waitMs"), body]),
      [
        ["/actors/room/a/tell/say", null, '["hi"]'],
        ["/actors/room/a/queue/files", null, '{"path":"a.csv"}'],
        ["/actors/room/a/queue/files", "9800", '{"path":"b.csv"}'],
      ],
    );
  });

  it("rejects when a queue's message is stored but not completed in time", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.answer = () => ({ status: 202, body: { id: "07" } });
    const { client } = new ClientWorld(gateway.url);

    const error = await rejection(client.room.get("a").queue.files.ask({ path: "b.csv" }));

    assert.equal(error.code, "ERR_ASK_TIMEOUT");
    assert.equal(error.outcome, "unknown");
    assert.deepEqual(error.data, { id: "07" });
  });

  it("sends the token and the headers of the context", async () => {
    await using gateway = await ScriptedGateway.listen();
    const tokens = ["first", "second"];
    const { client } = new ClientWorld(gateway.url, {
      token: async () => tokens.shift(),
      inject: (carrier) => {
        carrier["traceparent"] = "00-1-2-01";
      },
    });

    await client.room.get("a").ask.lines();
    await client.room.get("a").fetch("/rows.csv?n=1", { headers: { accept: "text/csv" } });

    const [call, raw] = gateway.requests;
    assert.equal(call?.headers.authorization, "Bearer first");
    assert.equal(call?.headers["traceparent"], "00-1-2-01");
    assert.equal(raw?.path, "/actors/room/a/request/rows.csv");
    assert.equal(raw?.headers.authorization, "Bearer second");
    assert.equal(raw?.headers.accept, "text/csv");
  });

  it("is sent again once with a new token after 401", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.answer = () => failure(401, "ERR_TOKEN", "not_handled");
    const tokens = ["token-1", "token-2", "token-3"];
    const { client } = new ClientWorld(gateway.url, { token: () => tokens.shift() });

    const error = await rejection(client.room.get("a").ask.lines());

    assert.equal(error.code, "ERR_TOKEN");
    assert.equal(error.status, 401);
    assert.deepEqual(
      gateway.requests.map(({ headers }) => headers.authorization),
      ["Bearer token-1", "Bearer token-2"],
    );
  });

  it("rejects with what the gateway says", async () => {
    await using gateway = await ScriptedGateway.listen();
    const issues = [{ path: [1], message: "expected number" }];
    gateway.answer = () => ({
      ...failure(400, "ERR_INVALID_ARGUMENTS", "not_handled", { issues, data: { a: 1 } }),
      headers: { traceresponse: "00-3-4-01" },
    });
    const { client } = new ClientWorld(gateway.url);

    const error = await rejection(client.room.get("a").ask.lines());

    assert.equal(error.name, "CallError");
    assert.equal(error.message, "it failed");
    assert.equal(error.code, "ERR_INVALID_ARGUMENTS");
    assert.equal(error.outcome, "not_handled");
    assert.equal(error.requestId, "request-1");
    assert.equal(error.trace, "00-3-4-01");
    assert.deepEqual(error.issues, issues);
    assert.deepEqual(error.data, { a: 1 });
    assert.equal(gateway.requests.length, 1);
  });

  for (const answer of [
    { status: 502, body: "<html>bad gateway</html>" },
    { status: 500, body: { error: "no" } },
    { status: 200, body: "<html>log in</html>" },
    { status: 404, body: null },
    { status: 202, body: {} },
  ]) {
    it(`rejects with ERR_RESPONSE on ${answer.status} from something else: ${JSON.stringify(answer.body)}`, async () => {
      await using gateway = await ScriptedGateway.listen();
      gateway.answer = () => answer;
      const { client } = new ClientWorld(gateway.url);

      const error = await rejection(client.room.get("a").ask.lines());

      assert.equal(error.code, "ERR_RESPONSE");
      assert.equal(error.outcome, "unknown");
      assert.equal(error.status, answer.status);
    });
  }

  it("takes no argument that JSON cannot hold", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client } = new ClientWorld(gateway.url);

    const error = await rejection(client.room.get("a").ask.say(1n as never));

    assert.equal(error.code, "ERR_INVALID_ARGUMENTS");
    assert.equal(error.outcome, "not_handled");
    assert.equal(gateway.requests.length, 0);
  });
});

describe("repeats of a call over HTTP", () => {
  const repeated = [
    failure(503, "ERR_DRAINING", "not_handled"),
    failure(503, "ERR_ACTOR_DESTROYED", "not_handled"),
    failure(503, "ERR_MAILBOX_FULL", "not_handled"),
    failure(429, "ERR_RATE_LIMITED", "not_handled"),
  ];
  const final = [
    failure(404, "ERR_NOT_FOUND", "not_handled"),
    failure(400, "BANNED", "failed"),
    failure(500, "ERR_INTERNAL", "failed"),
    failure(504, "ERR_ASK_TIMEOUT", "unknown"),
  ];

  for (const answer of repeated) {
    it(`follow ${answer.body.error.code} after 0.1, 0.3, 0.9 and 2.7 s`, async () => {
      await using gateway = await ScriptedGateway.listen();
      gateway.answer = () => answer;
      const { client, clock } = new ClientWorld(gateway.url);

      const call = rejection(client.room.get("a").ask.lines());
      for (const [at, delayMs] of [100, 300, 900, 2_700].entries()) {
        await untilRepeat(clock);
        await clock.advance(delayMs - 1);
        assert.equal(gateway.requests.length, at + 1);
        await clock.advance(1);
      }

      assert.equal((await call).code, answer.body.error.code);
      assert.equal(gateway.requests.length, 5);
    });
  }

  for (const answer of final) {
    it(`do not follow ${answer.body.error.code}`, async () => {
      await using gateway = await ScriptedGateway.listen();
      gateway.answer = () => answer;
      const { client } = new ClientWorld(gateway.url);

      assert.equal(
        (await rejection(client.room.get("a").ask.lines())).code,
        answer.body.error.code,
      );
      assert.equal(gateway.requests.length, 1);
    });
  }

  it("end with the first answer that is a reply, and share one time-out", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.answer = () =>
      gateway.requests.length < 3
        ? failure(503, "ERR_OVERLOADED", "not_handled")
        : { status: 200, body: ["a"] };
    const { client, clock } = new ClientWorld(gateway.url);

    const call = client.room.get("a").with({ timeoutMs: 2_000 }).ask.lines();
    await untilRepeat(clock);
    await clock.advance(100);
    await untilRepeat(clock);
    await clock.advance(300);

    assert.deepEqual(await call, ["a"]);
    assert.deepEqual(
      gateway.requests.map(({ query }) => query.get("timeoutMs")),
      ["1900", "1805", "1520"],
    );
    assert.equal(clock.pendingTimers, 0);
  });

  it("follow a request that a gateway was too busy to read in time", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.answer = () =>
      gateway.requests.length < 2
        ? failure(408, "ERR_TIMEOUT", "not_handled")
        : { status: 200, body: ["a"] };
    const { client, clock } = new ClientWorld(gateway.url);

    const call = client.room.get("a").ask.lines();
    await untilRepeat(clock);
    await clock.advance(100);

    assert.deepEqual(await call, ["a"]);
  });

  it("are not made before Retry-After, nor if that is too late", async () => {
    await using gateway = await ScriptedGateway.listen();
    const headers = { "retry-after": "3" };
    gateway.answer = () => ({ ...failure(503, "ERR_OVERLOADED", "not_handled"), headers });
    const { client, clock } = new ClientWorld(gateway.url);

    const call = rejection(client.room.get("a").with({ timeoutMs: 5_000 }).ask.lines());
    await untilRepeat(clock);
    await clock.advance(2_999);
    assert.equal(gateway.requests.length, 1);
    await clock.advance(1);

    assert.equal((await call).retryAfterMs, 3_000);
    assert.equal(gateway.requests.length, 2);
  });

  it("follow an unknown outcome of an idempotent call only, whose outcome stays unknown", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.answer = () =>
      gateway.requests.length === 1 ? "lost" : failure(404, "ERR_NOT_FOUND", "not_handled");
    const { client, clock } = new ClientWorld(gateway.url);
    const room = client.room.get("a");

    const lost = await rejection(room.ask.lines());
    assert.equal(lost.code, "ERR_DISCONNECTED");
    assert.equal(lost.outcome, "unknown");

    gateway.requests.length = 0;
    const call = rejection(room.with({ idempotent: true }).ask.lines());
    await untilRepeat(clock);
    await clock.advance(100);
    const error = await call;
    assert.equal(error.code, "ERR_NOT_FOUND");
    assert.equal(error.outcome, "unknown");
    assert.equal(error.requestId, "request-1");
  });

  it("follow a connection that was refused: nothing was sent", async () => {
    const gateway = await ScriptedGateway.listen();
    const { url, port } = gateway;
    await gateway[Symbol.asyncDispose]();
    const { client, clock } = new ClientWorld(url, { retries: 1 });

    const call = rejection(client.room.get("a").ask.lines());
    await untilRepeat(clock);
    await clock.advance(100);
    const error = await call;
    assert.equal(error.code, "ERR_DISCONNECTED");
    assert.equal(error.outcome, "not_handled");

    await using _back = await ScriptedGateway.listen(port);
    assert.equal(await client.room.get("a").ask.lines(), undefined);
  });
});

describe("the end of a call over HTTP", () => {
  it("comes with its time-out, of which the server is told", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.answer = () => undefined;
    const { client, clock } = new ClientWorld(gateway.url);

    const call = rejection(client.room.get("a").with({ timeoutMs: 500 }).ask.lines());
    await gateway.untilRequests(1);
    await clock.advance(500);

    const error = await call;
    assert.equal(error.code, "ERR_ASK_TIMEOUT");
    assert.equal(error.outcome, "unknown");
    await gateway.untilLeft(0);
  });

  it("comes with the abort of its signal", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.answer = () => undefined;
    const { client, clock } = new ClientWorld(gateway.url);
    const controller = new AbortController();
    const room = client.room.get("a").with({ signal: controller.signal });

    const call = rejection(room.ask.lines());
    await gateway.untilRequests(1);
    controller.abort("enough");

    const error = await call;
    assert.equal(error.code, "ERR_ABORTED");
    assert.equal(error.outcome, "unknown");
    assert.equal(error.cause, "enough");
    await gateway.untilLeft(0);
    assert.equal((await rejection(room.ask.lines())).outcome, "not_handled");
    assert.equal(clock.pendingTimers, 0);
  });

  it("leaves nothing at the signal", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client } = new ClientWorld(gateway.url);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };

    await client.room.get("a").with({ signal }).ask.lines();

    assert.equal(listeners, 0);
  });
});
