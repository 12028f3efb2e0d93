import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Span, SpanKind, type Tracer } from "@opentelemetry/api";
import { TracerProvider as SdkProvider } from "@opentelemetry/sdk-trace";
import type { RecordedSpan, SpanSink } from "../../../src/telemetry/spans/sdk-shapes.ts";
import { TracerProvider } from "../../../src/telemetry.ts";

/** Fields that a processor without types may write. */
type Writable = { -readonly [Name in keyof RecordedSpan]: RecordedSpan[Name] };

/** What a span shows at its end, apart from its ids and times. */
function shown(span: RecordedSpan): object {
  const { name, kind, attributes, droppedAttributesCount, events, links, status } = span;
  return { name, kind, attributes, droppedAttributesCount, events, links, status };
}

function sinkOf(parts: Partial<SpanSink>): SpanSink {
  const nothing = (): Promise<void> => Promise.resolve();
  return { onStart() {}, onEnd() {}, forceFlush: nothing, shutdown: nothing, ...parts };
}

/** Returns what spans of both providers show after `work`. */
function bothWays(work: (tracer: Tracer) => Span | undefined, first: Partial<SpanSink> = {}) {
  const ended: object[] = [];
  const last = sinkOf({ onEnd: (span) => ended.push(shown(span)) });
  const spanProcessors = [sinkOf(first), last];
  for (const provider of [
    new TracerProvider({ spanProcessors }),
    new SdkProvider({ spanProcessors } as never),
  ]) {
    work(provider.getTracer("test"))?.end();
  }
  assert.equal(ended.length, 2);
  return { lean: ended[0], sdk: ended[1] };
}

describe("callers without types", () => {
  const calls: Record<string, (tracer: Tracer) => Span | undefined> = {
    "no attributes": (tracer) => tracer.startSpan("a").setAttributes(null as never),
    "attributes that are not given": (tracer) =>
      tracer.startSpan("a").setAttributes(undefined as never),
    "a key that JSON does not have": (tracer) =>
      tracer.startSpan("a").setAttribute(5n as never, (() => 1) as never),
    "no kind": (tracer) => tracer.startSpan("a", { kind: null as never }),
    "no options and no context": (tracer) =>
      tracer.startActiveSpan("a", undefined as never, undefined as never, (span) => span),
  };
  for (const [name, call] of Object.entries(calls)) {
    it(`get the same of both providers: ${name}`, () => {
      const { lean, sdk } = bothWays(call);

      assert.deepEqual(lean, sdk);
    });
  }

  it("may replace what a span shows, as processors that redact do", () => {
    const { lean, sdk } = bothWays(
      (tracer) => tracer.startSpan("a", { attributes: { secret: 1 } }).addEvent("e"),
      {
        onStart(span) {
          (span as Writable).attributes = { kept: 1 };
          (span as unknown as Span).setAttribute("more", 2);
        },
        onEnd(span) {
          const writable = span as Writable;
          writable.events = [];
          writable.links = [];
          writable.status = { code: 2, message: "replaced" };
          writable.resource = { attributes: { "service.name": "other" } };
          writable.startTime = [1, 2];
          assert.deepEqual(span.startTime, [1, 2]);
          assert.deepEqual(span.resource.attributes, { "service.name": "other" });
        },
      },
    );

    assert.deepEqual(lean, sdk);
    assert.deepEqual(lean, {
      name: "a",
      kind: SpanKind.INTERNAL,
      attributes: { kept: 1, more: 2 },
      droppedAttributesCount: 0,
      events: [],
      links: [],
      status: { code: 2, message: "replaced" },
    });
  });

  it("do not keep other processors from being flushed and shut down", async () => {
    const done: string[] = [];
    const failing = sinkOf({
      forceFlush: () => {
        throw new Error("at once");
      },
      shutdown: () => {
        throw new Error("at once");
      },
    });
    const silent = sinkOf({ forceFlush: () => undefined as never });
    const last = sinkOf({
      forceFlush: async () => void done.push("flush"),
      shutdown: async () => void done.push("shutdown"),
    });
    const provider = new TracerProvider({ spanProcessors: [failing, silent, last] });

    const errors: unknown = await provider.forceFlush().catch((thrown: unknown) => thrown);
    await assert.rejects(provider.shutdown(), { message: "at once" });

    assert.ok(Array.isArray(errors) && errors.length === 1);
    assert.deepEqual(done, ["flush", "shutdown"]);
  });
});
