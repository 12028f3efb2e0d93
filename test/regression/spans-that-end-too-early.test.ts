import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { withSpan } from "../../src/telemetry.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";
import { settleTurns } from "../_support/actor-waiting.ts";
import { spanNamed } from "../_support/telemetry-spans.ts";

const telemetry = inMemoryTelemetry();
before(() => void trace.setGlobalTracerProvider(telemetry.tracerProvider));
after(() => trace.disable());

const ended = (name: string): boolean => telemetry.spansNamed(name).length > 0;
const statusOf = (name: string): SpanStatusCode => spanNamed(telemetry, name).status.code;

/** A promise of another make, which starts its work when it is awaited, as query builders do. */
class Query {
  starts = 0;
  readonly #result: Promise<unknown>;
  readonly conditions: string[] = [];

  constructor(result: Promise<unknown>) {
    this.#result = result;
  }

  where(condition: string): this {
    this.conditions.push(condition);
    return this;
  }

  // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
  then(resolve?: (value: unknown) => unknown, reject?: (error: unknown) => unknown): unknown {
    this.starts += 1;
    return this.#result.then(resolve, reject);
  }
}

describe("the span of a thenable", () => {
  it("ends when the thenable settles, which starts when it is awaited", async () => {
    const gate = Promise.withResolvers<string>();
    const query = new Query(gate.promise);

    const given = withSpan("thenable", () => query);
    await settleTurns();

    assert.equal(given, query);
    assert.equal(query.starts, 0);
    const awaited = Promise.resolve(given.where("a"));
    await settleTurns();
    assert.equal(ended("thenable"), false);
    gate.resolve("row");
    assert.equal(await awaited, "row");
    assert.deepEqual([query.starts, query.conditions], [1, ["a"]]);
    assert.equal(statusOf("thenable"), SpanStatusCode.UNSET);
    assert.equal(Object.hasOwn(query, "then"), false);
  });

  it("has the error it is rejected with", async () => {
    const error = new RangeError("late");

    await assert.rejects(
      async () => await withSpan("rejected thenable", () => new Query(Promise.reject(error))),
      error,
    );

    assert.equal(spanNamed(telemetry, "rejected thenable").attributes["error.type"], "RangeError");
  });

  it("ends with one that cannot be changed", async () => {
    const frozen = Object.freeze({
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
      then: (resolve: (value: number) => void) => resolve(1),
    });

    assert.equal(await withSpan("frozen thenable", () => frozen), 1);

    assert.ok(ended("frozen thenable"));
  });

  it("ends with a promise of another realm, with its error", async () => {
    const later = runInNewContext(
      "(gate) => new Promise((_, reject) => gate.then(() => reject(new Error('late'))))",
    ) as (gate: Promise<void>) => Promise<never>;
    const gate = Promise.withResolvers<void>();

    const running = withSpan("realm", () => later(gate.promise));
    await settleTurns();
    assert.equal(ended("realm"), false);
    gate.resolve();

    await assert.rejects(running, { message: "late" });
    assert.deepEqual(spanNamed(telemetry, "realm").status, {
      code: SpanStatusCode.ERROR,
      message: "late",
    });
  });
});

describe("the span of an iterator", () => {
  async function* numbers(fail = false): AsyncGenerator<number> {
    yield 1;
    await settleTurns();
    assert.ok(trace.getActiveSpan() !== undefined, "it runs in the span");
    yield 2;
    if (fail) throw new RangeError("no three");
  }

  it("ends with the last item of an async generator", async () => {
    const items: number[] = [];
    for await (const item of withSpan("generator", () => numbers())) {
      assert.equal(ended("generator"), false);
      items.push(item);
    }

    assert.deepEqual(items, [1, 2]);
    assert.equal(statusOf("generator"), SpanStatusCode.UNSET);
  });

  it("has the error of a generator", async () => {
    await assert.rejects(async () => {
      for await (const _ of withSpan("failing generator", () => numbers(true)));
    }, RangeError);

    assert.equal(spanNamed(telemetry, "failing generator").attributes["error.type"], "RangeError");
  });

  it("ends when the reader leaves", async () => {
    for await (const _ of withSpan("left generator", () => numbers())) break;

    assert.ok(ended("left generator"));
  });

  it("ends with what a generator without awaits yields", () => {
    const letters = withSpan("plain generator", function* () {
      yield "a";
    });
    assert.equal(ended("plain generator"), false);

    assert.deepEqual([...letters], ["a"]);
    assert.ok(ended("plain generator"));
  });

  it("ends with any async iterable", async () => {
    const iterable = { [Symbol.asyncIterator]: () => numbers() };

    const given = withSpan("iterable", () => iterable);
    await settleTurns();
    assert.equal(ended("iterable"), false);
    for await (const _ of given);

    assert.equal(given, iterable);
    assert.ok(ended("iterable"));
  });
});

describe("the span of a stream", () => {
  const chunks = (fail = false): ReadableStream<number> => {
    let at = 0;
    return new ReadableStream({
      async pull(controller) {
        await settleTurns();
        at += 1;
        if (at < 3) controller.enqueue(at);
        else if (fail) controller.error(new RangeError("no three"));
        else controller.close();
      },
    });
  };

  it("ends with the stream", async () => {
    const items: number[] = [];
    for await (const item of withSpan("stream", () => chunks())) {
      assert.equal(ended("stream"), false);
      items.push(item);
    }

    assert.deepEqual(items, [1, 2]);
    assert.ok(ended("stream"));
  });

  it("has the error of the stream, and ends with its reader", async () => {
    await assert.rejects(async () => {
      for await (const _ of withSpan("failing stream", () => chunks(true)));
    }, RangeError);
    for await (const _ of withSpan("left stream", () => chunks())) break;

    assert.equal(spanNamed(telemetry, "failing stream").attributes["error.type"], "RangeError");
    assert.ok(ended("left stream"));
  });

  it("can be the body of a response", async () => {
    const text = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("hello"));
        controller.close();
      },
    });

    const response = new Response(withSpan("body", () => text));

    assert.equal(await response.text(), "hello");
    assert.ok(ended("body"));
  });

  it("ends with a stream of Node's, however it is read", async () => {
    const stream = withSpan("node stream", () => Readable.from(["a", "b"]));
    const items: string[] = [];
    stream.on("data", (item: string) => items.push(item));
    assert.equal(ended("node stream"), false);
    await new Promise((resolve) => stream.once("close", resolve));

    assert.deepEqual(items, ["a", "b"]);
    assert.ok(ended("node stream"));
  });
});

describe("the span of a value that hurts when it is looked at", () => {
  it("ends, and the value is handed back", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();

    const given = withSpan("revoked", () => proxy);

    assert.ok(Object.is(given, proxy));
    assert.ok(ended("revoked"));
  });
});
