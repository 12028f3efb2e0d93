import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KeyAddress, Sending } from "../../../src/activation/access/actor-access.ts";
import { accessOf } from "../../../src/activation/access/system-access.ts";
import { defineKeyedActor } from "../../../src/index.ts";
import { sendingOf } from "../../_support/access-world.ts";
import { Gate, until } from "../../_support/actor-waiting.ts";
import { type OpenKeyed, openKeyed } from "../../_support/keyed.ts";

const gates = { read: new Gate(), hook: new Gate() };
const cancelled: unknown[] = [];
const aborted: unknown[] = [];

const report = defineKeyedActor("report", {
  state: () => ({ rows: ["a", "b"], asked: 0 }),
  handlers: {
    asked: (c) => c.state.asked,
    reasons: (c) => c.awakeReasons().map(({ reason }) => reason),
    fail() {
      throw new Error("broken");
    },
    sleep: (c) => c.sleep(),
  },
  async onRequest(c, request) {
    c.state.asked += 1;
    const { pathname } = new URL(request.url);
    request.signal.addEventListener("abort", () => aborted.push(request.signal.reason));
    if (pathname === "/text") return new Response(await request.text(), { status: 201 });
    if (pathname === "/empty") return new Response(null, { status: 204 });
    if (pathname === "/wrong") return "no response" as never;
    if (pathname === "/throws") throw new RangeError("refused");
    if (pathname === "/slow") await gates.hook.opened;
    const rows = c.state.rows.values();
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { value, done } = rows.next();
          if (pathname === "/waits") await gates.read.opened;
          if (done) controller.close();
          else controller.enqueue(Buffer.from(value));
        },
        cancel: (reason) => void cancelled.push(reason),
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { "content-type": "text/csv" } });
  },
});

function addressOf(open: OpenKeyed): KeyAddress {
  const access = accessOf(open.system);
  assert.ok(access !== undefined);
  return access.resolve(report as never, ["2026"]);
}

function send(
  open: OpenKeyed,
  path: string,
  init: RequestInit = {},
  given: Partial<Sending> = {},
): Promise<Response> {
  const request = new Request(`http://localhost${path}`, init);
  return new Promise((resolve, reject) => {
    const reply = (value: unknown): void => resolve(value as Response);
    addressOf(open).request(request, sendingOf(open, given), { reply, fail: reject });
  });
}

/** Number of requests that are being answered. */
function active(open: OpenKeyed): number {
  const { levels } = open.system.books();
  return levels['actor.http.request.active|{"actor.type":"report"}'] ?? 0;
}

describe("a request", () => {
  it("is answered by onRequest, once what it has changed is stored", async () => {
    await using open = openKeyed();

    const response = await send(open, "/text", { method: "POST", body: "hello" });

    assert.deepEqual([response.status, await response.text()], [201, "hello"]);
    assert.deepEqual(await open.store.state("report/2026"), { rows: ["a", "b"], asked: 1 });
    assert.equal((await send(open, "/empty")).status, 204);
  });

  it("fails with what the hook throws, or returns in place of a response", async () => {
    await using open = openKeyed();

    await assert.rejects(send(open, "/throws"), RangeError);
    await assert.rejects(send(open, "/wrong"), { code: "ERR_INVALID_OPTION" });
    assert.equal(await open.system.get(report, "2026").ask.asked(), 2);
  });

  it("streams its body beside later messages, and keeps the actor awake until that ends", async () => {
    await using open = openKeyed();
    gates.read = new Gate();
    const response = await send(open, "/waits");
    const ref = open.system.get(report, "2026");

    const text = response.text();
    assert.deepEqual(await ref.ask.reasons(), ["handling", "http_request"]);
    assert.equal(active(open), 1);
    await open.clock.advance(60_000);
    assert.equal(open.system.books().active, 1);
    gates.read.open();

    assert.equal(await text, "ab");
    assert.equal(response.headers.get("content-type"), "text/csv");
    assert.deepEqual(await ref.ask.reasons(), ["handling"]);
    assert.equal(active(open), 0);
  });

  it("ends when its client leaves", async () => {
    await using open = openKeyed();
    cancelled.length = 0;
    const response = await send(open, "/rows");

    await response.body?.cancel("left");

    assert.deepEqual(cancelled, ["left"]);
    assert.deepEqual(await open.system.get(report, "2026").ask.reasons(), ["handling"]);
  });

  for (const [name, code, end] of [
    ["sleeps", "ERR_ACTOR_STOPPED", (open) => open.system.get(report, "2026").tell.sleep()],
    ["is killed", "ERR_ACTOR_KILLED", (open) => open.system.get(report, "2026").kill()],
    ["restarts", "ERR_ACTOR_STOPPED", (open) => open.system.get(report, "2026").tell.fail()],
  ] as readonly [string, string, (open: OpenKeyed) => void][]) {
    it(`breaks off when the actor ${name}`, async () => {
      await using open = openKeyed();
      aborted.length = 0;
      cancelled.length = 0;
      const response = await send(open, "/rows");
      const reader = response.body?.getReader();
      const first = await reader?.read();

      end(open);
      await until(() => cancelled.length === 1);

      assert.equal(Buffer.from(first?.value ?? []).toString(), "a");
      await assert.rejects(reader?.read() ?? Promise.resolve(), { code });
      assert.deepEqual(
        [...aborted, ...cancelled].map((error) => (error as { code?: string }).code),
        [code, code],
      );
    });
  }

  it("whose time is over before it is answered ends with the hook, and its body is cancelled", async () => {
    await using open = openKeyed();
    gates.hook = new Gate();
    cancelled.length = 0;
    const deadlineMs = open.clock.monotonicMs() + 100;
    const answer = send(open, "/slow", {}, { deadlineMs });
    const refused = assert.rejects(answer, { code: "ERR_ASK_TIMEOUT" });
    await until(() => open.system.books().active === 1);
    await open.clock.advance(200);
    await refused;

    gates.hook.open();
    await until(() => cancelled.length === 1);

    assert.deepEqual(await open.system.get(report, "2026").ask.reasons(), ["handling"]);
  });
});
