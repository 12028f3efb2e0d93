import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { withSpan } from "../../../src/telemetry.ts";
import { inMemoryTelemetry } from "../../../src/testing.ts";
import { assertChildOf, assertRoot, spanNamed } from "../../_support/telemetry-spans.ts";

// `withSpan` uses the registered provider: one for this file's process.
const telemetry = inMemoryTelemetry();
before(() => void trace.setGlobalTracerProvider(telemetry.tracerProvider));
after(() => trace.disable());

describe("withSpan", () => {
  it("ends the span with a function that returns, and gives back what it returned", () => {
    const result = withSpan("sync", (span) => {
      assert.equal(trace.getActiveSpan(), span);
      return 42;
    });

    assert.equal(result, 42);
    assert.equal(trace.getActiveSpan(), undefined);
    const span = spanNamed(telemetry, "sync");
    assertRoot(span);
    assert.equal(span.status.code, SpanStatusCode.UNSET);
    assert.equal(span.instrumentationScope.name, "limelight");
  });

  it("ends the span with the promise, and is active across its awaits", async () => {
    const gate = Promise.withResolvers<void>();
    const running = withSpan("async", async (span) => {
      await gate.promise;
      assert.equal(trace.getActiveSpan(), span);
      return "done";
    });
    assert.equal(telemetry.spansNamed("async").length, 0);

    gate.resolve();

    assert.equal(await running, "done");
    spanNamed(telemetry, "async");
  });

  it("marks the span as failed with what the function throws, and throws it on", () => {
    const error = Object.assign(new RangeError("too far"), { code: "ERR_FAR" });

    assert.throws(
      () =>
        withSpan("throwing", () => {
          throw error;
        }),
      error,
    );

    const span = spanNamed(telemetry, "throwing");
    assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: "too far" });
    assert.equal(span.attributes["error.type"], "ERR_FAR");
    assert.equal(span.events[0]?.name, "exception");
  });

  it("marks the span as failed with what the promise rejects with, and rejects on", async () => {
    const error = new RangeError("too far");

    await assert.rejects(
      withSpan("rejecting", () => Promise.reject(error)),
      error,
    );

    assert.equal(spanNamed(telemetry, "rejecting").attributes["error.type"], "RangeError");
  });

  it("survives what is thrown although it is no error, or has not even a text", () => {
    for (const [name, thrown] of [
      ["undefined thrown", undefined],
      ["object thrown", Object.create(null) as unknown],
    ] as const) {
      const throwing = (): never => {
        throw thrown;
      };
      assert.throws(
        () => withSpan(name, throwing),
        (caught) => caught === thrown,
      );
      const span = spanNamed(telemetry, name);
      assert.equal(span.attributes["error.type"], "_OTHER");
      assert.equal(span.status.code, SpanStatusCode.ERROR);
    }
  });

  it("nests", async () => {
    await withSpan("outer", async () => {
      await Promise.resolve();
      withSpan("inner", () => {});
    });

    assertChildOf(spanNamed(telemetry, "inner"), spanNamed(telemetry, "outer"));
  });

  it("is a child of the parent it is given", () => {
    const parent = telemetry.tracerProvider.getTracer("test").startSpan("parent");

    withSpan("below", () => {}, { parent: trace.setSpan(ROOT_CONTEXT, parent) });
    withSpan("around", () => withSpan("apart", () => {}, { parent: ROOT_CONTEXT }));
    parent.end();

    assertChildOf(spanNamed(telemetry, "below"), spanNamed(telemetry, "parent"));
    assertRoot(spanNamed(telemetry, "apart"));
  });

  it("takes the options of a span", () => {
    withSpan("with options", () => {}, {
      kind: SpanKind.CLIENT,
      attributes: { "db.system": "x" },
      links: [{ context: LINKED }],
    });

    const span = spanNamed(telemetry, "with options");
    assert.equal(span.kind, SpanKind.CLIENT);
    assert.deepEqual(span.attributes, { "db.system": "x" });
    assert.equal(span.links[0]?.context.spanId, LINKED.spanId);
  });

  it("leaves the caller's context alone", async () => {
    const active = context.active();

    await withSpan("away", () => Promise.resolve());

    assert.equal(context.active(), active);
  });
});

const LINKED = {
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  traceFlags: 1,
};
