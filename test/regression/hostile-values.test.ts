import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { trace } from "@opentelemetry/api";
import fc from "fast-check";
import { createSystem, createTopic, defineActor, type MonitoredSystem } from "../../src/index.ts";
import { createLogger, withSpan } from "../../src/telemetry.ts";
import { expectBooks, inMemoryTelemetry } from "../../src/testing.ts";
import { settleTurns, until } from "../_support/actor-waiting.ts";
import { type HostileValue, hostileValues } from "../_support/hostile-values.ts";

const VALUES = 10_000;
const MAX_LINE = 65_536;
/** The closed vocabulary of `error.type`. */
const ERROR_TYPE = /^(?:[A-Z][A-Z0-9_]{1,63}|[A-Za-z_$][\w$]{0,63})$/;

const throwing = (value: unknown): never => {
  throw value;
};
const limits = { maxRestarts: 1_000_000, windowMs: 60_000 };

const victim = defineActor("victim", {
  restart: limits,
  handlers: {
    sync: (_c, value: unknown) => throwing(value),
    async async(_c, value: unknown): Promise<unknown> {
      await Promise.resolve();
      throw value;
    },
    thenable: (_c, value: unknown): PromiseLike<unknown> => ({
      // biome-ignore lint/suspicious/noThenProperty: a promise of another make
      then: (_resolve, reject) => reject?.(value) as never,
    }),
    later(c, value: unknown) {
      const reply = c.delegateReply<unknown>();
      setImmediate(() => reply.reject(value));
      return reply;
    },
    task: (c, value: unknown) => void c.spawnTask("work", () => throwing(value)),
    asyncTask: (c, value: unknown) => void c.spawnTask("work", () => Promise.reject(value)),
    timer: (c, value: unknown) => void c.after("tick", 0, () => throwing(value)),
    log(c, value: unknown) {
      c.log.info(value as object, "as the fields");
      c.log.warn({ value, err: value, list: [value], deep: { value } }, "within %s", "fields");
      c.log.child({ value }).error({ again: value }, "bound");
      c.log.info("formatted %o and %s", value as object, value as string);
      return "logged";
    },
    pipe: (c, value: unknown) => void c.pipe(Promise.reject(value), "item"),
    pipeThrough: (c, value: unknown) => void c.pipe(itemsOf(value), "item"),
    item: (_c, value: unknown) => throwing(value),
    ping: () => "pong",
  },
});

async function* itemsOf(value: unknown): AsyncGenerator<unknown> {
  yield [value];
  throw value;
}

const born = defineActor("born", {
  state: ({ at, value }: { at: string; value: unknown }) => {
    if (at === "state") throw value;
    return { at, value };
  },
  onStart: ({ state }) => (state.at === "start" ? throwing(state.value) : undefined),
  onStop: ({ state }) => (state.at === "stop" ? throwing(state.value) : undefined),
  onFailure: ({ state }) => (state.at === "failure" ? throwing(state.value) : "stop"),
  handlers: { fail: () => throwing(new Error("on purpose")), ping: () => "pong" },
});

async function rejection(promise: Promise<unknown>): Promise<{ readonly with: unknown }> {
  try {
    await promise;
  } catch (thrown) {
    return { with: thrown };
  }
  return assert.fail("it was fulfilled");
}

/** Sends one value through one place in which application code may throw. */
type Door = (system: MonitoredSystem, value: unknown) => Promise<void>;

function asked(message: "sync" | "async" | "thenable" | "later"): Door {
  return async (system, value) => {
    const target = system.spawn(victim);
    const got = await rejection(target.ask[message](value));
    assert.ok(Object.is(got.with, value), "the asker gets what was thrown");
    assert.equal(await target.ask.ping(), "pong");
    await target.stop();
  };
}

function told(
  message: "sync" | "async" | "task" | "asyncTask" | "timer" | "pipe" | "pipeThrough",
): Door {
  return async (system, value) => {
    const target = system.spawn(victim);
    target.tell[message](value);
    await until(() => restarted.has(target.id));
    assert.equal(await target.ask.ping(), "pong");
    await target.stop();
  };
}

function life(at: string): Door {
  return async (system, value) => {
    const target = system.spawn(born, { input: { at, value } });
    if (at === "failure") target.tell.fail();
    if (at === "stop") await target.whenReady();
    if (at === "stop") await target.stop();
    if (at === "state" || at === "start") {
      const { with: error } = await rejection(target.whenReady());
      assert.equal((error as { code?: unknown }).code, "ERR_START_FAILED");
    }
    await target.whenStopped();
  };
}

const doors: Readonly<Record<string, Door>> = {
  "an ask": asked("sync"),
  "an async ask": asked("async"),
  "a thenable": asked("thenable"),
  "a delegated reply": asked("later"),
  "a tell": told("sync"),
  "an async tell": told("async"),
  "a task": told("task"),
  "an async task": told("asyncTask"),
  "a timer": told("timer"),
  "a pipe's source": told("pipe"),
  "a pipe's item": told("pipeThrough"),
  "the state factory": life("state"),
  onStart: life("start"),
  onStop: life("stop"),
  onFailure: life("failure"),
  async "a pool"(system, value) {
    const pool = system.spawnPool(victim, { size: 2 });
    assert.ok(Object.is((await rejection(pool.ask.async(value))).with, value));
    assert.equal(await pool.ask.ping(), "pong");
    await pool.stop();
  },
  async "a topic"(system, value) {
    const topic = createTopic<unknown>("news");
    const [one, other] = [system.spawn(victim), system.spawn(victim)];
    topic.subscribe(one, "item" as never);
    topic.subscribe(other, "item" as never, { filter: () => throwing(value) });
    assert.equal(topic.publish(value), 1);
    await until(() => restarted.has(one.id));
    await Promise.all([one.stop(), other.stop()]);
  },
  async "the log"(system, value) {
    const target = system.spawn(victim);
    assert.equal(await target.ask.log(value), "logged");
    await target.stop();
  },
  async "a span"(_system, value) {
    assert.throws(
      () => withSpan("work", () => throwing(value)),
      (thrown) => Object.is(thrown, value),
    );
    const got = await rejection(withSpan("work", () => Promise.reject(value)));
    assert.ok(Object.is(got.with, value));
  },
  async "the reason of an abort"(system, value) {
    const target = system.spawn(victim);
    const signal = AbortSignal.abort(value);
    const { with: error } = await rejection(target.with({ signal }).ask.ping());
    assert.equal((error as { code?: unknown }).code, "ERR_ABORTED");
    await target.stop();
  },
};

describe("a value that hurts when it is looked at", () => {
  it(`harms nothing, wherever it is thrown: ${VALUES} of them`, async (test) => {
    const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
    test.diagnostic(`FUZZ_SEED=${seed}`);
    const telemetry = inMemoryTelemetry({ logLevel: "silent" });
    trace.setGlobalTracerProvider(telemetry.tracerProvider);
    const unhandled: unknown[] = [];
    const notice = (thrown: unknown): void => void unhandled.push(thrown);
    process.on("unhandledRejection", notice).on("uncaughtException", notice);
    const logger = createLogger({ level: "debug", destination: { write: requireGoodLine } });
    const system = createSystem({ ...telemetry.systemOptions, logger });

    const values = fc.sample(hostileValues, { numRuns: VALUES, seed });
    const entries = Object.entries(doors);
    for (let at = 0; at < values.length; at += entries.length) {
      const batch = entries.map(async ([name, door], offset) => {
        const { value, what } = (values[at + offset] ?? values[offset]) as HostileValue;
        try {
          await door(system, value);
        } catch (error) {
          throw new Error(`${what}, by ${name}`, { cause: error });
        }
      });
      await Promise.all(batch);
    }
    await settleTurns();

    assert.equal(unhandled.length, 0, "nothing is left unhandled");
    assert.deepEqual(badLines, []);
    expectBooks(system);
    const types = new Set<unknown>();
    for (const metric of [
      "actor.failures",
      "actor.ask.duration",
      "actor.message.process.duration",
    ]) {
      for (const { attributes } of await telemetry.points(metric))
        types.add(attributes["error.type"]);
    }
    types.delete(undefined);
    assert.ok(types.size <= 2 * 17, `${types.size} kinds of errors`);
    for (const type of types) assert.match(String(type), ERROR_TYPE);
    await system.shutdown();
    expectBooks(system);
    process.off("unhandledRejection", notice).off("uncaughtException", notice);
    trace.disable();
  });
});

/** Actors that have restarted, by the lines that say so. */
const restarted = new Set<string>();
const badLines: string[] = [];

function requireGoodLine(line: string): void {
  try {
    if (Buffer.byteLength(line) > MAX_LINE) throw new Error("too long");
    const parsed = JSON.parse(line) as Record<string, unknown>;
    if (parsed["event"] === "actor.restarted") restarted.add(String(parsed["actor_id"]));
    if (!("level" in parsed && "time" in parsed && "msg" in parsed)) throw new Error("incomplete");
  } catch (error) {
    badLines.push(`${String(error)}: ${line.slice(0, 500)}`);
  }
}
