import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, diag, trace } from "@opentelemetry/api";
import {
  type ReadableSpan,
  type Sampler,
  type Span,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { defineActor } from "../../src/index.ts";
import { withSpan } from "../../src/telemetry.ts";
import { type Kit, startKit } from "../_support/telemetry-kit.ts";

const worker = defineActor("worker", {
  onStop() {},
  handlers: {
    work: () => 1,
    task: (c) => c.spawnTask("chore", async () => {}).settled,
    fail() {
      throw new RangeError("no");
    },
  },
});

/** Every way there is for the runtime to open and end a span. */
async function exercise({ system }: Kit): Promise<void> {
  const ref = system.spawn(worker);
  assert.equal(await ref.ask.work(), 1);
  ref.tell.work();
  await ref.ask.task();
  await assert.rejects(ref.ask.fail(), RangeError);
  ref.tell.fail();
  assert.equal(await ref.ask.work(), 1);
  await ref.stop();
  assert.equal(system.books().handled, 6);
}

/** Processes nothing, in the way the test says. */
class FaultyProcessor implements SpanProcessor {
  readonly #fault: "onStart" | "onEnd";

  constructor(fault: "onStart" | "onEnd") {
    this.#fault = fault;
  }

  onStart(_span: Span, _context: Context): void {
    if (this.#fault === "onStart") throw new Error("onStart");
  }

  onEnd(_span: ReadableSpan): void {
    if (this.#fault === "onEnd") throw new Error("onEnd");
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const faultySampler: Sampler = {
  shouldSample() {
    throw new Error("sampler");
  },
};

describe("telemetry that throws", () => {
  it("in a sampler fails no message", async () => {
    await using kit = startKit({ inMemory: { sampler: faultySampler } });

    await exercise(kit);
  });

  it("in a span processor's start fails no message", async () => {
    const spanProcessors = [new FaultyProcessor("onStart")];
    await using kit = startKit({
      tracing: { tracerProvider: new TracerProvider({ spanProcessors }) },
    });

    await exercise(kit);
  });

  it("in a span processor's end fails no message", async (t) => {
    t.after(() => process.off("unhandledRejection", ignore));
    process.on("unhandledRejection", ignore);
    const spanProcessors = [new FaultyProcessor("onEnd")];
    const kit = startKit({ tracing: { tracerProvider: new TracerProvider({ spanProcessors }) } });

    await kit.system.spawn(worker).with({ timeoutMs: 100 }).ask.work();
    await kit[Symbol.asyncDispose]();
  });

  it("reaches OpenTelemetry's diagnostics", async (t) => {
    const problems: string[] = [];
    const ignored = (): void => {};
    diag.setLogger({
      error: (text) => problems.push(text),
      warn: ignored,
      info: ignored,
      debug: ignored,
      verbose: ignored,
    });
    t.after(() => diag.disable());
    await using kit = startKit({ inMemory: { sampler: faultySampler } });

    await kit.system.spawn(worker).ask.work();

    assert.ok(problems.includes("limelight could not start a span"));
  });

  it("does not keep withSpan from running its function", async (t) => {
    t.after(() => trace.disable());
    for (const fault of ["onStart", "onEnd"] as const) {
      trace.disable();
      const spanProcessors = [new FaultyProcessor(fault)];
      trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));

      assert.equal(
        withSpan("sync", () => 1),
        1,
      );
      assert.equal(await withSpan("async", async () => 2), 2);
      const failing = withSpan("failing", () => Promise.reject(new RangeError("no")));
      await assert.rejects(failing, RangeError);
    }
  });
});

function ignore(): void {}
