import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from "@opentelemetry/api";
import { Environment } from "../../src/preload/environment.ts";
import { createSampler } from "../../src/preload/spans/sampler.ts";
import { markDecided } from "../../src/telemetry/context/decided.ts";
import { rootRatio } from "../../src/telemetry/traces/root-sampling.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

const MESSAGES = 1_000;

/** Sends messages to an actor from outside, each of which begins a trace, and as many plain roots. */
const APP = `
  import { createSystem, defineActor } from "limelight";
  import { telemetryStatus } from "limelight/preload";
  import { trace } from "@opentelemetry/api";
  const inner = defineActor("inner", { handlers: { work() {} } });
  const outer = defineActor("outer", {
    state: () => ({ inner: undefined }),
    onStart(c) { c.state.inner = c.spawnChild(inner); },
    handlers: { go(c) { return c.state.inner.ask.work(); } },
  });
  const system = createSystem({ logger: (await import("pino")).pino({ level: "silent" }) });
  const ref = system.spawn(outer);
  for (let i = 0; i < ${MESSAGES}; i += 1) await ref.ask.go();
  for (let i = 0; i < ${MESSAGES}; i += 1) trace.getTracer("app").startSpan("plain").end();
  await system.shutdown();
`;

/** How many of each span arrived. */
async function counts(env: NodeJS.ProcessEnv): Promise<Record<string, number>> {
  await using receiver = await OtlpReceiver.start();
  const app = await PreloadProcess.run({
    esm: APP,
    env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_METRICS_EXPORTER: "none" },
  });
  assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
  const names = ["ask outer.go", "outer.go", "ask inner.work", "inner.work", "plain"];
  const count = (name: string) => receiver.spans.filter((span) => span.name === name).length;
  return Object.fromEntries(names.map((name) => [name, count(name)]));
}

describe("sampling with the preload", { concurrency: 2 }, () => {
  it(`a ratio of 0.5 records about half of the traces, drawn once, and those whole`, async () => {
    const found = await counts({
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.5",
    });
    const roots = found["ask outer.go"] ?? 0;
    // Drawn twice it would be a quarter. The bounds are more than eight standard deviations away.
    assert.ok(roots > MESSAGES * 0.37 && roots < MESSAGES * 0.63, `${roots}`);
    assert.deepEqual(
      [found["outer.go"], found["ask inner.work"], found["inner.work"]],
      [roots, roots, roots],
    );
    const plain = found["plain"] ?? 0;
    assert.ok(plain > MESSAGES * 0.37 && plain < MESSAGES * 0.63, `${plain}`);
  });

  it("a ratio of 1 records all", async () => {
    const env = { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "1" };
    const found = await counts(env);
    assert.ok(Object.values(found).every((count) => count === MESSAGES));
  });

  it("a ratio of 0 records nothing", async () => {
    const env = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0" };
    const found = await counts(env);
    assert.ok(Object.values(found).every((count) => count === 0));
  });
});

describe("the sampler of the environment", () => {
  const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
  const parent = (traceFlags: TraceFlags, isRemote: boolean) =>
    trace.setSpanContext(ROOT_CONTEXT, {
      traceId: TRACE_ID,
      spanId: "00f067aa0ba902b7",
      traceFlags,
      isRemote,
    });
  const { SAMPLED, NONE } = TraceFlags;
  const CONTEXTS = {
    root: ROOT_CONTEXT,
    decided: markDecided(ROOT_CONTEXT),
    "remote sampled": parent(SAMPLED, true),
    "remote unsampled": parent(NONE, true),
    "local sampled": parent(SAMPLED, false),
    "local unsampled": parent(NONE, false),
    "local unsampled, marked": markDecided(parent(NONE, false)),
  };
  type Sampled = readonly (keyof typeof CONTEXTS)[];
  const ALL = Object.keys(CONTEXTS) as (keyof typeof CONTEXTS)[];
  const FOLLOWS: Sampled = ["decided", "remote sampled", "local sampled"];

  const CASES: [name: string | undefined, ratio: string, rootRatio: number, sampled: Sampled][] = [
    [undefined, "", 1, ["root", ...FOLLOWS]],
    ["always_on", "", 1, ALL],
    ["always_off", "", 0, ["decided"]],
    ["parentbased_always_on", "", 1, ["root", ...FOLLOWS]],
    ["parentbased_always_off", "", 0, FOLLOWS],
    ["traceidratio", "0", 0, ["decided", "local sampled"]],
    ["parentbased_traceidratio", "0", 0, FOLLOWS],
    ["parentbased_traceidratio", "", 1, ["root", ...FOLLOWS]],
    ["parentbased_traceidratio", "2", 1, ["root", ...FOLLOWS]],
    ["nonsense", "", 1, ["root", ...FOLLOWS]],
  ];
  for (const [name = "", ratio, expectedRatio, sampled] of CASES) {
    it(`${name || "by default"} ${ratio} samples ${sampled.join(", ")}`, () => {
      const variables = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio };
      const sampler = createSampler(new Environment(variables, () => {}));

      const found = ALL.filter((context) => {
        const { decision } = sampler.shouldSample(
          CONTEXTS[context],
          TRACE_ID,
          "span",
          SpanKind.INTERNAL,
          {},
          [],
        );
        return decision === 2;
      });

      assert.deepEqual(found.sort(), [...sampled].sort());
      assert.equal(rootRatio(undefined), expectedRatio);
    });
  }

  it("records nothing once it is stopped", () => {
    const sampler = createSampler(new Environment({}, () => {}));
    sampler.stop();
    const context = CONTEXTS["local sampled"];
    const { decision } = sampler.shouldSample(context, TRACE_ID, "span", SpanKind.INTERNAL, {}, []);
    assert.equal(decision, 0);
  });
});
