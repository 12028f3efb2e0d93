import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { context, type TracerProvider as Provider, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { isTracingSuppressed, suppressTracing } from "@opentelemetry/core";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  TracerProvider as SdkProvider,
  SimpleSpanProcessor,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import { createSystem, defineActor } from "../../../src/index.ts";
import { createLogger, TracerProvider } from "../../../src/telemetry.ts";
import { inMemoryTelemetry } from "../../../src/testing.ts";

/** A provider of limelight with what it has exported. */
function open(options: ConstructorParameters<typeof TracerProvider>[0] = {}) {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  const provider = new TracerProvider({ spanProcessors, ...options });
  return { provider, tracer: provider.getTracer("test", "1.0.0"), exporter };
}

describe("limelight's tracer provider", () => {
  it("refuses an option that it does not have", () => {
    assert.throws(() => new TracerProvider({ processors: [] } as never), {
      code: "ERR_INVALID_OPTION",
    });
  });

  it("has one tracer for each name, version and schema", () => {
    const { provider, tracer } = open();

    assert.equal(provider.getTracer("test", "1.0.0"), tracer);
    assert.notEqual(provider.getTracer("test", "1.0.1"), tracer);
    assert.notEqual(
      provider.getTracer("test", "1.0.0", { schemaUrl: "https://a.example" }),
      tracer,
    );
  });

  it("makes ids when they are read, each its own, and children of the same trace", () => {
    const { tracer } = open();

    const parent = tracer.startSpan("parent");
    const child = tracer.startSpan("child", {}, trace.setSpan(ROOT_CONTEXT, parent));
    const other = tracer.startSpan("other");

    assert.match(parent.spanContext().traceId, /^[\da-f]{32}$/);
    assert.match(parent.spanContext().spanId, /^[\da-f]{16}$/);
    assert.equal(parent.spanContext(), parent.spanContext());
    assert.equal(child.spanContext().traceId, parent.spanContext().traceId);
    assert.notEqual(child.spanContext().spanId, parent.spanContext().spanId);
    assert.notEqual(other.spanContext().traceId, parent.spanContext().traceId);
  });

  it("follows a parent that is not sampled, and suppression", () => {
    const { tracer, exporter } = open();
    const remote = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 0 };
    const suppressed = suppressTracing(ROOT_CONTEXT);

    const unsampled = tracer.startSpan("unsampled", {}, trace.setSpanContext(ROOT_CONTEXT, remote));
    const silent = tracer.startSpan("silent", {}, suppressed);
    unsampled.end();
    silent.end();

    assert.equal(isTracingSuppressed(suppressed), true);
    assert.equal(unsampled.isRecording(), false);
    assert.equal(unsampled.spanContext().traceId, remote.traceId);
    assert.equal(trace.isSpanContextValid(silent.spanContext()), false);
    assert.deepEqual(exporter.getFinishedSpans(), []);
  });

  it("takes a sampler of the SDK", () => {
    const { tracer, exporter } = open({ sampler: new TraceIdRatioBasedSampler(0) });

    tracer.startSpan("dropped").end();

    assert.deepEqual(exporter.getFinishedSpans(), []);
  });

  it("runs code with the span active, in each of three forms", () => {
    inMemoryTelemetry();
    const { tracer } = open();
    const active = (): unknown => trace.getActiveSpan();
    const base = context.active();

    assert.equal(
      tracer.startActiveSpan("one", (span) => span === active()),
      true,
    );
    assert.equal(
      tracer.startActiveSpan("two", { root: true }, (span) => span === active()),
      true,
    );
    assert.equal(
      tracer.startActiveSpan("three", {}, base, (span) => span === active()),
      true,
    );
    assert.equal(active(), undefined);
  });

  it("measures durations by the monotonic clock, and takes its times", () => {
    const { tracer, exporter } = open();
    const startedMs = performance.now() - 1;

    const span = tracer.startSpan("timed", { startTime: startedMs });
    span.addEvent("later", startedMs + 0.25);
    span.end(startedMs + 0.5);

    const [seen] = exporter.getFinishedSpans();
    assert.deepEqual(seen?.duration, [0, 500_000]);
    assert.ok(Math.abs((seen.startTime[0] ?? 0) * 1_000 - Date.now()) < 60_000);
  });

  it("passes spans to the SDK's batch processor, and flushes it", async () => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });

    provider.getTracer("test").startSpan("batched").end();
    assert.deepEqual(exporter.getFinishedSpans(), []);
    await provider.forceFlush();

    assert.deepEqual(
      exporter.getFinishedSpans().map(({ name }) => name),
      ["batched"],
    );
    await provider.shutdown();
  });

  it("rejects a flush with the errors of its processors", async () => {
    const failing: SpanProcessor = {
      onStart() {},
      onEnd() {},
      forceFlush: () => Promise.reject(new RangeError("no")),
      shutdown: () => Promise.resolve(),
    };
    const never: SpanProcessor = { ...failing, forceFlush: () => new Promise(() => {}) };
    const provider = new TracerProvider({ spanProcessors: [failing, never] });

    const errors = await provider.forceFlush({ timeoutMillis: 1 }).then(
      () => [],
      (thrown: unknown) => thrown as readonly Error[],
    );

    assert.deepEqual(
      errors.map(({ message }) => message),
      ["no", "a span processor took over 1 ms"],
    );
  });

  it("gives spans that are encoded as those of the SDK are", () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const ids = { generateTraceId: () => traceId, generateSpanId: () => "b7ad6b7169203331" };
    const encoded = [TracerProvider, SdkProvider].map((Kind) => {
      const exporter = new InMemorySpanExporter();
      const resource = { attributes: { "service.name": "twin" } } as never;
      const spanProcessors = [new SimpleSpanProcessor({ exporter })];
      const provider = new Kind({ spanProcessors, resource, idGenerator: ids });
      const tracer = provider.getTracer("twins", "1.0.0");
      const attributes = { a: "text", n: 1, list: ["x", "y"] };
      const span = tracer.startSpan("s", { attributes, startTime: [7, 8] });
      span.addEvent("e", { b: true }, [7, 9]);
      span.recordException(new TypeError("bad"), [7, 10]);
      span.setStatus({ code: 2, message: "bad" });
      span.end([8, 0]);
      return JSON.parse(
        new TextDecoder()
          .decode(JsonTraceSerializer.serializeRequest([...exporter.getFinishedSpans()]))
          .replaceAll(/"stringValue":"TypeError: bad[^"]*"/g, '"stringValue":"stack"'),
      ) as unknown;
    });

    assert.deepEqual(encoded[0], encoded[1]);
  });
});

/** Lets actors do what makes each kind of span of a message. */
async function spansOf(provide: (sink: SpanProcessor) => Provider): Promise<readonly object[]> {
  inMemoryTelemetry();
  const exporter = new InMemorySpanExporter();
  const tracerProvider = provide(new SimpleSpanProcessor({ exporter }));
  const logger = createLogger({ level: "silent" });
  const system = createSystem({ logger, tracing: { tracerProvider } });
  const leaf = defineActor("leaf", {
    handlers: {
      fail() {
        throw new RangeError("told to");
      },
      get: () => 7,
      note() {},
    },
  });
  const branch = defineActor("branch", {
    handlers: {
      async work(c) {
        const child = c.spawnChild(leaf);
        child.tell.note();
        await child.ask.get();
        await child.ask.fail().catch(() => {});
        c.self.tell["again"]?.();
      },
      again() {},
    },
  });
  await system.spawn(branch).ask.work();
  await system.shutdown();
  return withoutIds(exporter.getFinishedSpans());
}

/** Actors are numbered, and each system has an id. */
function withoutNumber(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/\/\w+-\d+$/, "/n") : value;
}

/** Spans in the order of their names, with names in place of ids. */
function withoutIds(spans: readonly ReadableSpan[]): readonly object[] {
  const nameOf = (id: string | undefined): string | undefined =>
    spans.find((span) => span.spanContext().spanId === id)?.name;
  return spans
    .map((span) => {
      const { "actor.message.wait_ms": _wait, ...attributes } = span.attributes;
      return {
        name: span.name,
        kind: span.kind,
        attributes: Object.entries(attributes).map(([key, value]) => [key, withoutNumber(value)]),
        parent: nameOf(span.parentSpanContext?.spanId),
        links: span.links.map((link) => nameOf(link.context.spanId)),
        status: span.status,
        events: span.events.map(({ name }) => name),
        scope: span.instrumentationScope,
        flags: span.spanContext().traceFlags,
      };
    })
    .toSorted((one, other) => one.name.localeCompare(other.name));
}

describe("actors with limelight's tracer provider", () => {
  it("have the spans that they have with the SDK's", async () => {
    const lean = await spansOf((sink) => new TracerProvider({ spanProcessors: [sink] }));
    const sdk = await spansOf((sink) => new SdkProvider({ spanProcessors: [sink] }));

    assert.ok(lean.length > 10);
    assert.deepEqual(lean, sdk);
  });

  it("have no more attributes than the limit allows", async () => {
    const exporter = new InMemorySpanExporter();
    const tracerProvider = new TracerProvider({
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
      spanLimits: { attributeCountLimit: 2, attributeValueLengthLimit: 3 },
    });
    const logger = createLogger({ level: "silent" });
    const system = createSystem({ logger, tracing: { tracerProvider } });
    const leaf = defineActor("leaf", { handlers: { get: () => 7 } });

    await system.spawn(leaf).ask.get();
    await system.shutdown();

    const span = exporter.getFinishedSpans().find(({ name }) => name === "leaf.get");
    assert.deepEqual(Object.values(span?.attributes ?? {}), ["lea", "lea"]);
    assert.ok((span?.droppedAttributesCount ?? 0) >= 2);
  });
});
