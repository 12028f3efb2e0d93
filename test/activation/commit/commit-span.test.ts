import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanStatusCode } from "@opentelemetry/api";
import { CommitSpans } from "../../../src/activation/commit/commit-span.ts";
import type { CommitEnd } from "../../../src/activation/commit/committer.ts";
import { ErrorCode, LimelightError } from "../../../src/index.ts";
import { ActorTracing } from "../../../src/telemetry/traces/actor-tracing.ts";
import { type InMemoryTelemetry, inMemoryTelemetry, ManualClock } from "../../../src/testing.ts";
import { assertChildOf, assertRoot, spanNamed } from "../../_support/telemetry-spans.ts";

const content = { meta: new Uint8Array(), operations: [], stateBytes: 17 };
const stored: CommitEnd = { outcome: "ok", content, durationMs: 3, attempts: 1 };

function setUp(options: { readonly traced: boolean } = { traced: true }) {
  const telemetry: InMemoryTelemetry = inMemoryTelemetry();
  const { tracerProvider } = telemetry;
  const tracing = new ActorTracing(
    options.traced ? { tracerProvider } : undefined,
    new ManualClock(),
  );
  const saved: unknown[] = [];
  const metrics = { saved: (...values: unknown[]) => void saved.push(values) };
  const actor = { actorId: "cart/alice", actorType: "cart" };
  const spans = new CommitSpans({ tracing, metrics }, actor);
  return { telemetry, spans, saved, tracer: tracerProvider.getTracer("test") };
}

describe("the span of a commit", () => {
  it("is a child of the first request, and the next commit belongs to another", () => {
    const { telemetry, spans, tracer } = setUp();
    const [first, second, third] = ["first", "second", "third"].map((name) =>
      tracer.startSpan(name),
    );

    spans.requestedIn(first);
    spans.requestedIn(second);
    spans.begun();
    spans.requestedIn(third);
    spans.ended(stored);
    for (const span of [first, second]) span?.end();

    const save = spanNamed(telemetry, "cart save");
    assertChildOf(save, spanNamed(telemetry, "first"));
    assert.partialDeepStrictEqual(save.attributes, {
      "actor.id": "cart/alice",
      "actor.type": "cart",
    });
    spans.begun();
    spans.ended(stored);
    third?.end();
    const [, next] = telemetry.spansNamed("cart save");
    assert.ok(next !== undefined);
    assertChildOf(next, spanNamed(telemetry, "third"));
  });

  it("starts a trace if no message waits", () => {
    const { telemetry, spans } = setUp();

    spans.begun();
    spans.ended(stored);

    assertRoot(spanNamed(telemetry, "cart save"));
  });

  it("does not belong to a message that has changed nothing", () => {
    const { telemetry, spans, tracer } = setUp();
    const [reading, changing] = ["reading", "changing"].map((name) => tracer.startSpan(name));

    spans.requestedIn(reading);
    spans.dropped();
    spans.requestedIn(changing);
    spans.begun();
    spans.ended(stored);
    for (const span of [reading, changing]) span?.end();

    assertChildOf(spanNamed(telemetry, "cart save"), spanNamed(telemetry, "changing"));
  });

  it("has the error of a commit that failed", () => {
    const { telemetry, spans, saved } = setUp();
    const error = new LimelightError("disk full", { code: ErrorCode.SaveFailed });

    spans.begun();
    spans.ended({ ...stored, outcome: "rejected", error });

    const { status, attributes } = spanNamed(telemetry, "cart save");
    assert.equal(status.code, SpanStatusCode.ERROR);
    assert.equal(attributes["error.type"], "ERR_SAVE_FAILED");
    assert.deepEqual(saved, [["rejected", 3, 17]]);
  });

  it("does not end the span that it belongs to, where no spans are opened", () => {
    const { telemetry, spans, tracer, saved } = setUp({ traced: false });
    const parent = tracer.startSpan("parent");

    spans.requestedIn(parent);
    spans.begun();
    spans.ended(stored);

    assert.deepEqual(telemetry.spans(), []);
    assert.deepEqual(saved, [["ok", 3, 17]]);
    parent.end();
  });

  it("does not exist, nor a duration, for a commit that could not be composed", () => {
    const { telemetry, spans, saved } = setUp();
    const error = new LimelightError("state.at is a Date", { code: ErrorCode.StateInvalid });

    spans.ended({ outcome: "rejected", error, content: undefined, durationMs: 0, attempts: 0 });

    assert.deepEqual(telemetry.spans(), []);
    assert.deepEqual(saved, []);
  });
});
