import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { FrameworkApp, PriceService } from "../_support/framework-app.ts";
import { FrameworkProject, OTHER_NODES } from "../_support/framework-project.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import type { ReceivedSpan } from "../_support/preload-otlp-json.ts";

const ESM = ["--import", "limelight/preload"];
const COMMONJS = ["--require", "limelight/preload"];
const EXITED = [0, null];
const Kind = { Server: 2, Client: 3 };

/** An example, how it is started, requested and ended. */
interface Example {
  readonly name: string;
  readonly args: readonly string[];
  readonly request?: () => [path: string, init: RequestInit];
  /** Path of the actors' spans from the request to the `fetch`. */
  readonly actors?: readonly string[];
  /** Further spans of the trace. */
  readonly besides?: readonly string[];
  /** Nest ends its process by the signal itself. */
  readonly end?: readonly (number | string | null)[];
}

const PRICER = ["ask pricer.price", "pricer.price"];
const EXAMPLES: readonly Example[] = [
  {
    name: "Express 5: a service with a pool, a topic, a task and a timer",
    args: [...ESM, "express.mjs"],
    request: () => [
      "/quotes",
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ item: "lamp", quantity: 2 }),
      },
    ],
    actors: ["ask desk.quote", "desk.quote", ...PRICER],
    besides: ["ledger.add", "mailer.onQuoted", "mailer task letter"],
  },
  { name: "Express 5 in CommonJS", args: [...COMMONJS, "express.cjs"] },
  { name: "Fastify", args: [...ESM, "fastify.mjs"] },
  { name: "Hono", args: [...ESM, "hono.mjs"] },
  { name: "Nest", args: [...ESM, "nest/dist/main.js"], end: [null, "SIGTERM"] },
  { name: "node:http", args: [...ESM, "node-http.mjs"] },
  { name: "node:http in CommonJS", args: [...COMMONJS, "node-http.cjs"] },
  { name: "an ES module by --require", args: [...COMMONJS, "node-http.mjs"] },
  { name: "a CommonJS module by --import", args: [...ESM, "express.cjs"] },
];

/** Instrumentations of the application's own, whose spans have the attribute `mine`. */
const OWN = `
  const mark = (span) => span.setAttribute("mine", true);
  registerInstrumentations({ instrumentations: [
    new HttpInstrumentation({ requestHook: mark }), new UndiciInstrumentation({ requestHook: mark }),
  ] });
`;
const NAMES = {
  instrumentation: "registerInstrumentations",
  "instrumentation-http": "HttpInstrumentation",
  "instrumentation-undici": "UndiciInstrumentation",
};
const imports = Object.entries(NAMES).map(
  ([name, value]) => `import { ${value} } from "@opentelemetry/${name}";`,
);
const requires = Object.entries(NAMES).map(
  ([name, value]) => `const { ${value} } = require("@opentelemetry/${name}");`,
);
const HOOK = `
  import { register } from "node:module";
  register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);
`;

let project: FrameworkProject;
before(async () => {
  project = await FrameworkProject.create();
  project.write("own.mjs", [...imports, HOOK, OWN].join("\n"));
  project.write("own.cjs", [...requires, OWN].join("\n"));
});

/** What one request left behind. */
interface Seen {
  readonly app: FrameworkApp;
  readonly trace: readonly ReceivedSpan[];
  readonly traceparent: string | undefined;
  readonly end: readonly (number | string | null)[];
}

/** Starts an example, sends it one request and ends it by SIGTERM. */
async function see({ args, request }: Example, node?: string): Promise<Seen> {
  await using receiver = await OtlpReceiver.start();
  await using prices = await PriceService.start();
  const options = { project, receiver, prices, args };
  await using app = new FrameworkApp(node === undefined ? options : { ...options, node });
  const [path, init] = request?.() ?? ["/prices/lamp", {}];
  const response = await fetch(new URL(path, await app.url()), init);
  assert.ok(response.ok, `status ${response.status}`);
  await response.text();
  const { traceId } = await receiver.until("the request's span", () =>
    receiver.spans.find(({ kind }) => kind === Kind.Server),
  );
  const end = await app.stop();
  return { app, trace: receiver.trace(traceId), traceparent: prices.traceparents[0], end };
}

/** The spans from the outgoing request up to the root, outermost first. */
function pathOf(trace: readonly ReceivedSpan[]): ReceivedSpan[] {
  const path = trace.filter(({ kind }) => kind === Kind.Client);
  for (let [first] = path; first !== undefined; ) {
    const { parentSpanId } = first;
    first = trace.find(({ spanId }) => spanId === parentSpanId);
    if (first !== undefined) path.unshift(first);
  }
  return path;
}

function assertOneTrace({ app, trace, traceparent }: Seen, actors: readonly string[]): void {
  const path = pathOf(trace);
  const [server] = path;
  const client = path.at(-1);
  assert.deepEqual([server?.kind, server?.parentSpanId, client?.kind], [Kind.Server, undefined, 3]);
  assert.deepEqual(
    path.filter(({ scope }) => scope === "limelight").map(({ name }) => name),
    actors,
  );
  const twice = trace.filter(({ kind }) => kind === Kind.Server || kind === Kind.Client);
  assert.equal(twice.length, 2, "one span for each request");
  assert.equal(traceparent, `00-${client?.traceId}-${client?.spanId}-01`);
  for (const msg of ["request received", "priced"]) {
    const line = app.lines.find((each) => each["msg"] === msg);
    assert.equal(line?.["trace_id"], client?.traceId, `the line "${msg}" has the trace's id`);
  }
}

describe("an example", { concurrency: 2 }, () => {
  for (const example of EXAMPLES) {
    it(`is traced from the request through actors to the fetch (${example.name})`, async () => {
      const seen = await see(example);

      assertOneTrace(seen, example.actors ?? PRICER);
      const names = new Set(seen.trace.map(({ name }) => name));
      for (const name of example.besides ?? []) assert.ok(names.has(name), name);
      assert.deepEqual([seen.end, seen.app.stderr], [example.end ?? EXITED, ""]);
    });
  }
});

describe("on another version of Node", { concurrency: 2 }, () => {
  const some = EXAMPLES.filter(({ args }) =>
    ["express.mjs", "node-http.cjs", "node-http.mjs"].includes(args.at(-1) ?? ""),
  );
  for (const version of OTHER_NODES) {
    for (const example of some) {
      it(`${version}, the trace is the same, without a warning (${example.name})`, async () => {
        const seen = await see(example, project.node(version));

        assertOneTrace(seen, example.actors ?? PRICER);
        assert.deepEqual([seen.end, seen.app.stderr], [EXITED, ""]);
      });
    }
  }
});

describe("instrumentations that the application registers itself", { concurrency: 2 }, () => {
  const orders = {
    "after the preload, as ES modules": [...ESM, "--import", "./own.mjs", "node-http.mjs"],
    "before the preload, as ES modules": ["--import", "./own.mjs", ...ESM, "node-http.mjs"],
    "after the preload, in CommonJS": [...COMMONJS, "--require", "./own.cjs", "node-http.cjs"],
    "before the preload, in CommonJS": ["--require", "./own.cjs", ...COMMONJS, "node-http.cjs"],
  };
  for (const [order, args] of Object.entries(orders)) {
    it(`record each request once, with their own options (${order})`, async () => {
      const { trace, app, end } = await see({ name: order, args });

      const requests = pathOf(trace).filter(({ scope }) => scope !== "limelight");
      assert.deepEqual(
        requests.map(({ kind, attributes }) => [kind, attributes["mine"]]),
        [
          [Kind.Server, true],
          [Kind.Client, true],
        ],
      );
      assert.equal(trace.length, requests.length + PRICER.length);
      assert.deepEqual([end, app.stderr], [EXITED, ""]);
    });
  }
});

describe("auto-instrumentations-node/register", { concurrency: 2 }, () => {
  const register = "@opentelemetry/auto-instrumentations-node/register";
  for (const [flag, program] of [
    ["--import", "node-http.mjs"],
    ["--require", "node-http.cjs"],
  ] as const) {
    it(`after the preload by ${flag} is reported in one line`, async () => {
      const args = [flag, "limelight/preload", flag, register, program];
      const { app, trace } = await see({ name: register, args });

      const requests = trace.filter(({ kind }) => kind === Kind.Server || kind === Kind.Client);
      assert.equal(requests.length, 2);
      assert.equal(app.stderr.match(/a second OpenTelemetry SDK was started/g)?.length, 1);
      assert.doesNotMatch(app.stderr, /duplicate registration/);
    });
  }
});

describe("LIMELIGHT_INSTRUMENTATIONS", () => {
  it("selects by name, and names what is not installed", async () => {
    await using receiver = await OtlpReceiver.start();
    await using prices = await PriceService.start();
    const env = { LIMELIGHT_INSTRUMENTATIONS: "http,absent" };
    const args = [...ESM, "node-http.mjs"];
    await using app = new FrameworkApp({ project, receiver, prices, args, env });
    await fetch(new URL("/prices/lamp", await app.url()));
    await app.stop();

    assert.deepEqual(
      receiver.spans.filter(({ kind }) => kind !== 1).map(({ kind }) => kind),
      [Kind.Server],
    );
    assert.deepEqual(prices.traceparents, [undefined]);
    assert.match(app.stderr, /npm install @opentelemetry\/instrumentation-absent/);
  });

  it("none registers nothing", async () => {
    await using receiver = await OtlpReceiver.start();
    await using prices = await PriceService.start();
    const env = { LIMELIGHT_INSTRUMENTATIONS: "none" };
    const args = [...ESM, "node-http.mjs"];
    await using app = new FrameworkApp({ project, receiver, prices, args, env });
    await fetch(new URL("/prices/lamp", await app.url()));

    assert.deepEqual(await app.stop(), EXITED);
    assert.deepEqual(
      receiver.spans.filter(({ kind }) => kind !== 1),
      [],
    );
    assert.equal(app.stderr, "");
  });
});
