import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const SRC = new URL("../../../src/", import.meta.url).href;

/** An SDK of an older copy of the API, whose root context is another one, as npm installs it for SDK 2.x. */
const PRELUDE = `
  import { createRequire } from "node:module";
  const require = createRequire(import.meta.url);
  const copy = require("@opentelemetry/api");
  const { AsyncLocalStorageContextManager } = require("@opentelemetry/context-async-hooks");
  const sdk = require("@opentelemetry/sdk-trace");
  const { MeterProvider } = require("@opentelemetry/sdk-metrics");
  const exporter = new sdk.InMemorySpanExporter();
  const spanProcessors = [new sdk.SimpleSpanProcessor({ exporter })];
  const provider = new sdk.TracerProvider({ spanProcessors });
  const key = (major) => Symbol.for("opentelemetry.js.api." + major);
  const register = (version, major = 1, parts = {}) => {
    const shared = Object.defineProperty({}, "version", { value: version });
    const context = new AsyncLocalStorageContextManager().enable();
    const metrics = new MeterProvider();
    globalThis[key(major)] = Object.assign(shared, { trace: provider, context, metrics }, parts);
  };
  const load = (file) => import(${JSON.stringify(SRC)} + file);
  const lines = [];
  const start = async () => {
    const { createSystem, defineActor } = await load("index.ts");
    const { createLogger } = await load("telemetry.ts");
    const logger = createLogger({ destination: { write: (line) => lines.push(JSON.parse(line)) } });
    const system = createSystem({ logger });
    const actor = defineActor("greeter", { handlers: { greet: (c) => void c.log.info("hello") } });
    return { system, ref: system.spawn(actor) };
  };
  const report = (answer) => console.log(JSON.stringify(answer));
`;

async function answerOf(body: string): Promise<Record<string, unknown>> {
  const args = ["--input-type=module", "-e", PRELUDE + body];
  const { stdout } = await run(process.execPath, args, { cwd: import.meta.dirname });
  return JSON.parse(stdout);
}

const GREET = `
  const tracer = provider.getTracer("app");
  const root = tracer.startSpan("root");
  const context = globalThis[key(1)].context;
  await context.with(copy.trace.setSpan(copy.ROOT_CONTEXT, root), () => ref.ask.greet());
  root.end();
  await system.shutdown();
  const traces = exporter.getFinishedSpans().map((span) => [span.name, span.spanContext().traceId]);
  const line = lines.find(({ msg }) => msg === "hello");
  const { traceId } = root.spanContext();
  report({
    names: traces.filter(([, id]) => id === traceId).map(([name]) => name).sort(),
    logged: line.trace_id === traceId,
  });
`;
const GREETED = { names: ["ask greeter.greet", "greeter.greet", "root"], logged: true };

describe("an SDK that another copy of the API has registered", () => {
  it("gets spans and trace ids although limelight's copy of the API is newer", async () => {
    assert.deepEqual(
      await answerOf(`register("1.9.1"); const { system, ref } = await start(); ${GREET}`),
      GREETED,
    );
  });

  it("gets them also when it registers after the system was created", async () => {
    assert.deepEqual(
      // It is noticed when the system wakes up next, with the first message.
      await answerOf(
        `const { system, ref } = await start(); register("1.9.1"); await ref.ask.greet(); lines.length = 0; ${GREET}`,
      ),
      GREETED,
    );
  });

  it("has a root context that is treated as limelight's own", async () => {
    const answer = await answerOf(`
      register("1.9.1");
      const { ROOT_CONTEXT } = await import("@opentelemetry/api");
      const { context } = await load("telemetry/context/api.ts");
      const { refreshApiGlobals } = await load("telemetry/context/api-globals.ts");
      const { activeContext } = await load("telemetry/context/active-context.ts");
      refreshApiGlobals();
      const other = copy.ROOT_CONTEXT.setValue(Symbol.for("x"), 1);
      const manager = globalThis[key(1)].context;
      report({
        copies: copy.ROOT_CONTEXT !== ROOT_CONTEXT,
        root: [context.active() === ROOT_CONTEXT, activeContext() === ROOT_CONTEXT],
        inside: manager.with(other, () => context.active() === other),
        first: manager.with(other, () => activeContext() === other),
      });
    `);

    assert.deepEqual(answer, { copies: true, root: [true, true], inside: true, first: true });
  });

  it("does not learn the root of a manager that ignores stores", async () => {
    const answer = await answerOf(`
      let active = copy.ROOT_CONTEXT.setValue(Symbol.for("x"), 1);
      const first = active;
      const manager = {
        active: () => active,
        with: (next, fn) => {
          const before = active;
          active = next;
          try { return fn(); } finally { active = before; }
        },
      };
      register("1.10.0", 1, { context: manager });
      const { context } = await load("telemetry/context/api.ts");
      report({ kept: context.active() === first });
    `);

    assert.deepEqual(answer, { kept: true });
  });
});

const WARNING = `
  report(lines.filter(({ event }) => event === "telemetry.api_copies"));
`;

describe("the warning of copies of the API that cannot see each other", () => {
  it("names the versions and the remedy where the application's copy ignores an older one", async () => {
    const [line, ...more] = (await answerOf(`
      register("1.9.1");
      const { system } = await start();
      const second = await start();
      await system.shutdown();
      ${WARNING}
    `)) as unknown as Record<string, string>[];

    assert.deepEqual(more, []);
    assert.match(line?.["detail"] ?? "", /with @opentelemetry\/api 1\.9\.1.*copy 1\.10\.0/);
    assert.match(line?.["advice"] ?? "", /@opentelemetry\/api@1\.9\.1/);
  });

  it("tells of an SDK of another major version", async () => {
    const [line] = (await answerOf(`
      register("2.0.0", 2);
      const { system } = await start();
      await system.shutdown();
      ${WARNING}
    `)) as unknown as Record<string, string>[];

    assert.match(line?.["detail"] ?? "", /2\.x, and limelight uses 1\.x/);
  });

  it("is not raised without need", async () => {
    const lines = await answerOf(`
      register("1.10.0");
      const { system } = await start();
      await system.shutdown();
      ${WARNING}
    `);

    assert.deepEqual(lines, []);
  });
});
