import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { consoleSpanProcessor } from "../../src/console.ts";
import { type ActorRef, defineActor } from "../../src/index.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";
import { ask, type ConsoleKit, openConsole } from "../_support/console-kit.ts";
import { until } from "../_support/telemetry-until.ts";

interface Messages {
  add(c: unknown, by: number): number;
  hold(c: unknown, released: Promise<void>): Promise<void>;
}

const log: string[] = [];
const counter = defineActor("counter", {
  state: () => ({ count: 0 }),
  mailbox: { limit: 1 },
  onStop: (_c, reason) => void log.push(`stop ${reason}`),
  handlers: {
    add(c, by: number) {
      c.state.count += by;
      return c.state.count;
    },
    hold: (_c, released: Promise<void>) => released,
  },
});

const HEADER = { "x-limelight-action": "1" };

describe("POST /api/actions", () => {
  let kit: ConsoleKit;
  let ref: ActorRef<Messages>;
  beforeEach(async () => {
    inMemoryTelemetry(); // registers a context manager, by which lines find their trace
    const tracerProvider = new TracerProvider({ spanProcessors: [consoleSpanProcessor()] });
    kit = await openConsole({ allowActions: true, system: { tracing: { tracerProvider } } });
    ref = kit.system.spawn(counter) as ActorRef<Messages>;
    await ref.whenReady();
    log.length = 0;
  });
  afterEach(() => kit[Symbol.asyncDispose]());
  const act = (body: unknown) => kit.post("/api/actions", body, HEADER);

  it("stops an actor, which handles what is queued and runs its hook", async () => {
    const { status, json } = await act({ action: "stop", id: ref.id });
    assert.equal(status, 202);
    assert.deepEqual([json.action, json.id], ["stop", ref.id]);
    assert.equal(await ref.whenStopped(), "normal");
    assert.deepEqual(log, ["stop normal"]);
  });

  it("kills an actor at once", async () => {
    const { json } = await act({ action: "kill", id: ref.id });
    assert.equal(json.state, "stopped");
    assert.equal(await ref.whenStopped(), "killed");
    assert.deepEqual(log, []);
  });

  it("gives an actor another life: fresh state, the same address, no failure", async () => {
    await ref.ask.add(5);
    assert.equal((await act({ action: "restart", id: ref.id })).status, 202);
    assert.equal(await ref.ask.add(1), 1);
    const { actors, totals } = kit.system.monitor.snapshot();
    assert.deepEqual([actors[0]?.life, totals.restarts, totals.failures], [2, 1, 0]);
    assert.deepEqual([totals.started, totals.stopped], [1, 0]);
  });

  it("restarts an actor after the handler that is under way", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await ref.ask.add(5);
    const held = ref.ask.hold(promise);
    await until(() => kit.system.books().processing === 1, "the handler");
    await act({ action: "restart", id: ref.id });
    await act({ action: "restart", id: ref.id }); // already owed
    resolve();
    await held;
    assert.equal(await ref.ask.add(1), 1);
    assert.equal(kit.system.monitor.snapshot().totals.restarts, 1);
  });

  it("sends a message", async () => {
    const action = { action: "send", id: ref.id, messageType: "add", args: [7] };
    assert.equal((await act(action)).status, 202);
    assert.equal(await ref.ask.add(0), 7);
  });

  it("says in the log and in a trace of its own who was acted on", async () => {
    await act({ action: "send", id: ref.id, messageType: "add", args: [7] });
    const { logs } = (await kit.get("/api/logs")).json;
    const line = logs.find(({ event }: { event: string }) => event === "console.action");
    assert.equal(line.msg, "action taken through the console");
    const { action, target_id, message_type } = line.fields;
    assert.deepEqual([action, target_id, message_type], ["send", ref.id, "add"]);
    await act({ action: "stop", id: ref.id });
    await ref.whenStopped();
    const again = (await kit.get(`/api/logs?actor=${encodeURIComponent(ref.id)}`)).json.logs;
    assert.equal(
      again.filter((row: { event: string }) => row.event === "console.action").length,
      2,
    );
  });

  it("refuses what cannot be done, says why, and logs it", async () => {
    const unknown = await act({ action: "send", id: ref.id, messageType: "nope", args: [] });
    assert.deepEqual([unknown.status, unknown.json.error.code], [409, "ERR_CONSOLE_ACTION_FAILED"]);
    assert.match(unknown.json.error.message, /^ERR_UNKNOWN_MESSAGE: .* there is add, hold$/);
    const { promise, resolve } = Promise.withResolvers<void>();
    void ref.ask.hold(promise);
    await until(() => kit.system.books().processing === 1, "the handler");
    ref.tell.add(1);
    const full = await act({ action: "send", id: ref.id, messageType: "add", args: [1] });
    assert.deepEqual([full.status, /ERR_MAILBOX_FULL/.test(full.text)], [409, true]);
    const stopping = await act({ action: "stop", id: ref.id });
    assert.equal(stopping.status, 202);
    const late = await act({ action: "restart", id: ref.id });
    assert.deepEqual([late.status, /ERR_ACTOR_STOPPED/.test(late.text)], [409, true]);
    resolve();
    await ref.whenStopped();
    const { logs } = (await kit.get("/api/logs?level=warn")).json;
    const failed = logs.filter(
      ({ msg }: { msg: string }) => msg === "action through the console failed",
    );
    assert.equal(failed.length, 3);
    assert.equal(kit.system.deadLetters.total, 0, "a misspelt name is nobody's lost message");
  });

  it("knows no actor that is not there", async () => {
    for (const id of ["nobody", "", "../x", `${ref.id}x`]) {
      const { status, json } = await act({ action: "stop", id });
      assert.deepEqual([status, json.error.code], [404, "ERR_CONSOLE_NOT_FOUND"], id);
    }
  });

  it("takes only what it knows", async () => {
    const bad = [
      null,
      [],
      "stop",
      {},
      { action: "stop" },
      { action: "stop", id: 1 },
      { action: "stop", id: ref.id, force: true },
      { action: "toString", id: ref.id },
      { action: "__proto__", id: ref.id },
      { action: ["stop"], id: ref.id },
      { action: "send", id: ref.id },
      { action: "send", id: ref.id, messageType: "add" },
      { action: "send", id: ref.id, messageType: "add", args: {} },
      { action: "send", id: ref.id, messageType: "add", args: Array(17).fill(1) },
      { action: "send", id: ref.id, messageType: 1, args: [] },
    ];
    for (const body of bad) {
      const { status, json } = await act(body);
      const what = JSON.stringify(body);
      assert.deepEqual([status, json.error.code], [400, "ERR_CONSOLE_BAD_REQUEST"], what);
    }
    assert.equal((await kit.get("/api/summary")).json.systems[0].totals.active, 1);
  });

  it("takes only what a page cannot send by itself", async () => {
    const body = { action: "stop", id: ref.id };
    const { port, token } = kit.console;
    const known = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const send = (headers: Record<string, string>, text: string) =>
      ask(port, "/api/actions", { method: "POST", headers, body: text });
    const text = JSON.stringify(body);

    assert.equal((await send(known, text)).status, 400); // without the header
    assert.equal(
      (await send({ ...known, ...HEADER, "content-type": "text/plain" }, text)).status,
      415,
    );
    assert.equal(
      (await send({ ...known, ...HEADER, "content-encoding": "gzip" }, text)).status,
      415,
    );
    assert.equal((await send({ ...known, ...HEADER }, "{half")).status, 400);
    assert.equal((await send({ ...HEADER, "content-type": "application/json" }, text)).status, 401);
    const large = JSON.stringify({ ...body, id: "x".repeat(70_000) });
    assert.equal((await send({ ...known, ...HEADER }, large)).status, 413);
    const chunked = { ...known, ...HEADER, "transfer-encoding": "chunked" };
    assert.equal((await send(chunked, large)).status, 413);
    assert.equal(kit.system.books().active, 1);
  });

  it("is off unless allowed, regardless of what is asked for", async () => {
    await using shown = await openConsole();
    const other = shown.system.spawn(counter);
    for (const action of ["stop", "kill", "restart"]) {
      const { status, json } = await shown.post("/api/actions", { action, id: other.id }, HEADER);
      assert.deepEqual([status, json.error.code], [403, "ERR_CONSOLE_ACTIONS_OFF"]);
    }
    assert.equal(shown.system.books().active, 1);
  });
});
