import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { ActorAccess } from "../../../src/activation/access/actor-access.ts";
import { accessOf } from "../../../src/activation/access/system-access.ts";
import { withOrigin } from "../../../src/activation/definition/caller.ts";
import { defineKeyedActor, queue } from "../../../src/index.ts";
import { context } from "../../../src/telemetry/context/api.ts";
import { settleTurns, until } from "../../_support/actor-waiting.ts";
import { type OpenKeyed, openKeyed, viewOf, WatchedStore } from "../../_support/keyed.ts";

const seen: unknown[][] = [];

const witness = defineKeyedActor("witness", {
  handlers: {
    who(c) {
      c.log.info("asked");
      return [c.caller?.id, c.requestId];
    },
  },
});
const relay = defineKeyedActor("relay", {
  state: () => ({ n: 0 }),
  queues: { jobs: queue<string>() },
  handlers: {
    ask: (c) => c.system.get(witness, "w").ask.who(),
    async later(c) {
      await Promise.resolve();
      return [c.caller?.id, c.requestId];
    },
    timer(c) {
      c.after("later", 100, () => seen.push(["timer", c.caller?.id, c.requestId]));
    },
    schedule(c) {
      c.schedule.after(60_000, { id: "one" })["fire"]?.();
    },
    async fire(c) {
      seen.push(["schedule", c.caller?.id, c.requestId]);
      c.log.info("fired");
      seen.push(["asked", ...(await c.system.get(witness, "w").ask.who())]);
    },
    send: (c) => c.queue.jobs.send("x"),
    own: (c) => c.log.info({ request_id: "its own" }, "with a field"),
  },
});

const fromOutside: Context = withOrigin(ROOT_CONTEXT, {
  requestId: "request-1",
  caller: { id: "alice" },
  connectionId: undefined,
});

/** Asks as a gateway does. */
function ask(open: OpenKeyed, name: string, sent: Context = fromOutside): Promise<unknown> {
  const access = accessOf(open.system) as ActorAccess;
  const deadlineMs = open.clock.monotonicMs() + 5_000;
  return new Promise((resolve, reject) => {
    access
      .resolve(relay, ["a"])
      .call(
        { kind: "ask", name, args: [] },
        { context: sent, create: true, deadlineMs },
        { reply: resolve, fail: reject },
      );
  });
}

/** The request ids on the lines with this text. */
function idsOn({ telemetry }: OpenKeyed, text: string): unknown[] {
  const lines = telemetry.logs().filter(({ msg }) => msg === text);
  return lines.map((line) => (line as unknown as Record<string, unknown>)["request_id"]);
}

describe("without a context manager", () => {
  it("the caller and the request id are known to the handler, also after an await", async () => {
    await using open = openKeyed();

    assert.deepEqual(await ask(open, "later"), ["alice", "request-1"]);
    assert.deepEqual(await open.system.get(relay, "a").ask.later(), [undefined, undefined]);
  });
});

describe("with a context manager", () => {
  context.register(new AsyncLocalStorageContextManager().enable());

  it("the caller and the request id travel with messages", async () => {
    await using open = openKeyed();

    assert.deepEqual(await ask(open, "ask"), ["alice", "request-1"]);
    assert.deepEqual(await ask(open, "later"), ["alice", "request-1"]);
    assert.deepEqual(idsOn(open, "asked"), ["request-1"]);
    assert.deepEqual(await open.system.get(relay, "a").ask.ask(), [undefined, undefined]);
    assert.deepEqual(idsOn(open, "asked"), ["request-1", undefined]);
  });

  it("a timer keeps the request id, and acts for no caller", async () => {
    await using open = openKeyed();
    seen.length = 0;

    await ask(open, "timer");
    await open.clock.advance(100);
    await until(() => seen.length > 0);

    assert.deepEqual(seen, [["timer", undefined, "request-1"]]);
  });

  it("a schedule keeps the request id, across processes", async () => {
    const store = new WatchedStore();
    seen.length = 0;
    {
      await using open = openKeyed({}, viewOf(store));
      await ask(open, "schedule");
    }
    await using open = openKeyed({ actors: [relay, witness] }, viewOf(store));

    await open.clock.advance(60_000);
    await until(() => seen.length === 2);

    assert.deepEqual(seen, [
      ["schedule", undefined, "request-1"],
      ["asked", undefined, "request-1"],
    ]);
    await settleTurns();
    assert.deepEqual([idsOn(open, "fired"), idsOn(open, "asked")], [["request-1"], ["request-1"]]);
    await open.system.get(relay, "a").sleep();
  });

  it("a queue message is stored with the request id", async () => {
    await using open = openKeyed();

    await ask(open, "send");

    const [key = ""] = (await open.store.allKeys()).filter((one) => one.startsWith("q/"));
    const record = JSON.parse(String(await open.store.text(key))) as Record<string, unknown>;
    assert.equal(record["requestId"], "request-1");
  });

  it("a field of a line takes precedence", async () => {
    await using open = openKeyed();

    await ask(open, "own");

    assert.deepEqual(idsOn(open, "with a field"), ["its own"]);
  });

  it("the spans of handlers have it", async () => {
    await using open = openKeyed();

    await ask(open, "ask");

    const spans = open.telemetry.spans().filter(({ name }) => name === "witness.who");
    assert.deepEqual(
      spans.map(({ attributes }) => attributes["actor.request.id"]),
      ["request-1"],
    );
  });
});
