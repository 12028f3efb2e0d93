import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import {
  createSystem,
  createTopic,
  defineActor,
  snapshot,
  type UsageError,
} from "../../src/index.ts";
import {
  createLogger,
  latencyHistogram,
  metricProducer,
  stopTelemetry,
  withSpan,
} from "../../src/telemetry.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";

/** Calls of callers without types. */
type Loose = (...args: unknown[]) => unknown;

const telemetry = inMemoryTelemetry({ logLevel: "silent" });
const system = createSystem({ ...telemetry.systemOptions, monitor: false });
after(() => system.shutdown());

const child = defineActor("child", { handlers: { ping: () => 1 } });
const worker = defineActor("worker", {
  handlers: {
    item: (_c, _item: number) => {},
    run: (c, method: string, ...args: unknown[]) => {
      (c as unknown as Record<string, Loose>)[method]?.(...args);
    },
  },
});
const ref = system.spawn(worker);
const pool = system.spawnPool(worker, { size: 1 });
const topic = createTopic<number>("numbers");
const make = createSystem as Loose;
const numbers = { async *[Symbol.asyncIterator]() {} };

const calls: Readonly<Record<string, (options: unknown) => unknown>> = {
  createSystem: (options) => make(options),
  "createSystem, tracing": (tracing) => make({ tracing }),
  "createSystem, monitor": (monitor) => make({ monitor }),
  "createSystem, metrics": (metrics) => make({ metrics }),
  "system.spawn": (options) => (system.spawn as Loose).call(system, child, options),
  "system.spawnPool": (options) =>
    (system.spawnPool as Loose).call(
      system,
      child,
      typeof options === "object" && options !== null && !Array.isArray(options)
        ? { size: 1, ...options }
        : options,
    ),
  "c.spawnChild": (options) => ref.ask.run("spawnChild", child, options),
  "c.pipe": (options) => ref.ask.run("pipe", numbers, "item", options),
  "ref.with": (options) => (ref.with as Loose).call(ref, options),
  "pool.with": (options) => (pool.with as Loose).call(pool, options),
  createTopic: (options) => (createTopic as Loose)("t", options),
  "topic.subscribe": (options) => (topic.subscribe as Loose).call(topic, ref, "item", options),
  snapshot: (options) => snapshot(system, options as never),
  createLogger: (options) => (createLogger as Loose)(options),
  latencyHistogram: (options) => (latencyHistogram as Loose)("some.duration", options),
  metricProducer: (options) => (metricProducer as Loose)(options),
  withSpan: (options) => (withSpan as Loose)("work", () => 1, options),
  inMemoryTelemetry: (options) => (inMemoryTelemetry as Loose)(options),
  stopTelemetry: (options) => (stopTelemetry as Loose)(options),
};

describe("options that are not there", () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`${name} refuses an unknown one`, async () => {
      const error = await failureOf(() => call({ misspelt: 5 }));

      assert.equal(error.code, "ERR_INVALID_OPTION");
      assert.match(error.message, /misspelt/);
    });

    for (const value of [null, 5, "text", []]) {
      it(`${name} refuses ${JSON.stringify(value)} in place of options`, async () => {
        const error = await failureOf(() => call(value));

        assert.equal(error.code, "ERR_INVALID_OPTION", error.stack);
      });
    }
  }
});

describe("options of the wrong type", () => {
  const bad: readonly object[] = [
    { logger: {} },
    { logger: null },
    { logger: { child() {}, debug() {}, info() {}, warn() {}, error() {} } }, // as of bunyan
    { clock: {} },
    { clock: null },
    { actors: {} },
    { actors: null },
    { metrics: { meterProvider: {} } },
    { tracing: { tracerProvider: {} } },
    { tracing: { sampleUnsampled: "no" } },
  ];
  for (const options of bad) {
    it(`createSystem refuses ${JSON.stringify(options)}`, async () => {
      const error = await failureOf(() => make(options));

      assert.equal(error.code, "ERR_INVALID_OPTION", error.stack);
    });
  }

  it("ref.with refuses undefined, as it is called for the options alone", async () => {
    for (const target of [ref, pool]) {
      const error = await failureOf(() => (target.with as Loose).call(target, undefined));

      assert.equal(error.code, "ERR_INVALID_OPTION");
    }
  });

  it("spawnPool refuses to be called without a size", async () => {
    const error = await failureOf(() => (system.spawnPool as Loose).call(system, child));

    assert.equal(error.code, "ERR_INVALID_OPTION");
  });
});

describe("a timer whose delay is missing", () => {
  for (const method of ["after", "every"]) {
    for (const delayMs of [undefined, null, "5", Number.NaN]) {
      it(`c.${method} refuses ${String(delayMs)}`, async () => {
        const error = await failureOf(() => ref.ask.run(method, "k", delayMs, () => {}));

        assert.equal(error.code, "ERR_INVALID_OPTION");
      });
    }

    it(`c.${method} refuses to be called without an action`, async () => {
      const error = await failureOf(() => ref.ask.run(method, "k", 1_000));

      assert.equal(error.code, "ERR_INVALID_OPTION");
    });
  }
});

/** What `call` throws or rejects with. */
async function failureOf(call: () => unknown): Promise<UsageError> {
  try {
    await call();
  } catch (error) {
    return error as UsageError;
  }
  return assert.fail("nothing was refused");
}
