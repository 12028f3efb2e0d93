import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { Validator } from "@seriousme/openapi-schema-validator";
import { z } from "zod";
import { READ_ROUTES } from "../../src/console/api/routes.ts";
import { consoleLogStream, consoleSpanProcessor } from "../../src/console.ts";
import { defineActor } from "../../src/index.ts";
import { addClusterViews } from "../../src/monitor/cluster/cluster-views.ts";
import { addKeyViews } from "../../src/monitor/keys/key-views.ts";
import { VERSION } from "../../src/telemetry/version.ts";
import { createLogger } from "../../src/telemetry.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";
import { openapiDocumentText } from "../../tools/openapi-document.ts";
import { FakeCluster } from "../_support/console-cluster.ts";
import { connectionRow, FakeKeys } from "../_support/console-keys.ts";
import { type ConsoleKit, openConsole, StreamViewer } from "../_support/console-kit.ts";
import { until } from "../_support/telemetry-until.ts";

interface Order {
  readonly item: string;
}

const worker = defineActor("worker", {
  state: () => ({ orders: [] as Order[], password: "geheim", deep: { Iban: "DE1" }, other: {} }),
  onStart(c) {
    c.state.other = c.self;
  },
  stuckAfterMs: 50,
  handlers: {
    order(c, order: Order) {
      c.state.orders.push(order);
      c.log.info({ item: order.item }, "ordered");
      return c.state.orders.length;
    },
    fail() {
      throw new Error("no");
    },
    hold: (_c, released: Promise<void>) => released,
    call: (_c, other: () => Promise<unknown>) => other(),
  },
});

// biome-ignore lint/suspicious/noExplicitAny: a document of JSON
type Json = any;

/** The path with its placeholder and its required parameters filled in. */
function pathOf(path: string, id: string): string {
  if (path === "/api/keys") return `${path}?type=cart`;
  return path.replace("{id}", encodeURIComponent(id));
}

/** A system that has had its troubles, and one that is stuck in some. */
async function openTroubled(): Promise<
  ConsoleKit & { readonly ids: Record<string, string>; readonly release: () => void }
> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  inMemoryTelemetry(); // registers a context manager, by which lines find their trace
  const provider = new TracerProvider({ spanProcessors: [consoleSpanProcessor()] });
  const kit = await openConsole({
    showState: true,
    redact: ["iban"],
    traceLink: "https://jaeger.example/{traceId}",
    system: { tracing: { tracerProvider: provider }, name: "shop" },
  });
  const { system } = kit;
  const [busy, waiting, broken, gone] = [1, 2, 3, 4].map(() => system.spawn(worker, {}));
  assert.ok(busy && waiting && broken && gone);
  await busy.ask.order({ item: "lamp" });
  broken.tell.fail();
  await until(() => system.books().handled >= 2, "the failure");
  await gone.stop();
  gone.tell.order({ item: "late" });
  busy.tell.hold(released);
  void waiting.ask.call(() => busy.with({ timeoutMs: 60_000 }).ask.order({ item: "vase" }));
  await until(() => system.books().processing === 2, "the handlers");
  const stuck = new Promise<void>((resolve) => {
    system.monitor.on("stuck", () => resolve());
  });
  await stuck;
  const ids = { busy: busy.id, waiting: waiting.id, broken: broken.id, gone: gone.id };
  return Object.assign(kit, { ids, release });
}

describe("the API", () => {
  let kit: Awaited<ReturnType<typeof openTroubled>>;
  let document: Json;
  before(async () => {
    kit = await openTroubled();
    const keys = new FakeKeys();
    keys.add("cart", ["alice"], { awake: true });
    keys.connected.push(connectionRow("c1"), connectionRow("c2", { callerId: null, sent: null }));
    addKeyViews(kit.system, keys);
    addClusterViews(kit.system, new FakeCluster());
    document = (await kit.get("/api/openapi.json")).json;
  });
  after(async () => {
    kit.release();
    await kit[Symbol.asyncDispose]();
  });

  /** The schema of the document, as something that checks. */
  const checker = (name: string): z.ZodType => {
    const { schemas } = document.components;
    const text = JSON.stringify({ $ref: `#/$defs/${name}`, $defs: schemas });
    return z.fromJSONSchema(JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")));
  };
  const schemaOf = (operation: Json, status: string, type = "application/json"): string =>
    operation.responses[status].content[type].schema.$ref.split("/").at(-1);

  it("is described by a valid OpenAPI document", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, "3.1");
  });

  it("is described by what `npm run openapi-document` writes", () => {
    const file = join(import.meta.dirname, "../../src/console/api/openapi-document.ts");

    assert.equal(readFileSync(file, "utf8"), openapiDocumentText());
    assert.equal(document.info.version, VERSION);
  });

  it("has every route in the document, and nothing else", () => {
    const served = READ_ROUTES.map(({ path }) => path);
    const others = ["/api/events", "/api/actions", "/api/openapi.json", "/mcp"];
    assert.deepEqual(Object.keys(document.paths).toSorted(), [...served, ...others].toSorted());
    const names = Object.values<Json>(document.paths).flatMap((path) =>
      Object.values<Json>(path).map(({ operationId }) => operationId),
    );
    assert.equal(new Set(names).size, names.length);
  });

  it("answers every route as the document says, errors included", async () => {
    const [trace] = (await kit.get("/api/traces")).json.traces;
    const exampleIds: Json = {
      "/api/traces/{id}": trace.traceId,
      "/api/keys/{id}": "cart/alice",
      "/api/cluster/placements/{id}": "cart/alice",
      "/api/connections/{id}": "cart/alice",
    };
    for (const { path } of READ_ROUTES) {
      const { get } = document.paths[path];
      const id = exampleIds[path] ?? kit.ids["busy"];
      const { status, json } = await kit.get(pathOf(path, id));
      assert.equal(status, 200, path);
      const found = checker(schemaOf(get, "200")).safeParse(json);
      assert.ok(found.success, `${path}: ${found.error}`);
      const problem = checker(schemaOf(get, "400"));
      const refusals = [
        await kit.get(path.replace("{id}", "nobody"), path.includes("{id}") ? {} : { host: "x" }),
        await kit.get(`${path.replace("{id}", "x")}?nonsense=1`),
        await kit.get(path, { authorization: "" }),
      ];
      for (const refusal of refusals) {
        assert.ok(get.responses[String(refusal.status)] !== undefined, `${path} ${refusal.status}`);
        problem.parse(refusal.json);
      }
    }
  });

  it("notices an answer that is not as the document says", () => {
    assert.ok(!checker("Problem").safeParse({ error: { code: 1, message: "x" } }).success);
    assert.ok(!checker("Logs").safeParse({ logs: [{ sequence: 1 }] }).success);
    assert.ok(!checker("Traces").safeParse({ traces: [], more: 1 }).success);
  });

  it("takes each parameter the document has", async () => {
    for (const { path, query } of READ_ROUTES) {
      const { get } = document.paths[path];
      const documented = get.parameters.filter((parameter: Json) => parameter.in === "query");
      assert.deepEqual(
        documented.map(({ name }: Json) => name),
        Object.keys(query),
      );
      for (const { name, schema } of documented) {
        const example = schema.enum?.[0] ?? schema.examples?.[0] ?? schema.minimum ?? "text";
        const value = name === "system" ? "shop" : example;
        const [filled = "", required] = pathOf(path, "cart/alice").split("?");
        const query = name === "type" || required === undefined ? "" : `&${required}`;
        const { status, text } = await kit.get(`${filled}?${name}=${value}${query}`);
        assert.equal(status, 200, `${path} ${name}: ${text}`);
      }
    }
  });

  it("sends frames as the document says", async () => {
    await using viewer = await StreamViewer.open(kit.console);
    checker("Frame").parse((await viewer.event(0)).frame);
    checker("Frame").parse((await viewer.event(1)).frame);
  });

  it("sums up: systems, rings, process", async () => {
    const { json } = await kit.get("/api/summary");
    assert.equal(json.version, 1);
    assert.equal(json.process.pid, process.pid);
    const [system] = json.systems;
    assert.deepEqual([system.name, system.totals.active, system.stuck], ["shop", 3, 2]);
    assert.equal(json.traceLink, "https://jaeger.example/{traceId}");
    assert.deepEqual([json.allowActions, json.telemetry], [false, null]);
    assert.ok(json.rings.traces.kept > 0 && json.rings.logs.kept > 0);
    assert.ok(
      json.process.heapUsedBytes > 0 && json.process.heapUsedBytes < json.process.rssBytes * 2,
    );
  });

  it("picks actors by system, type, state, condition and part of a name", async () => {
    const found = async (query: string): Promise<string[]> => {
      const { json } = await kit.get(`/api/actors?${query}`);
      return json.snapshots.flatMap(({ actors }: Json) => actors.map(({ id }: Json) => id));
    };
    const { busy = "", waiting = "", broken = "" } = kit.ids;
    const living = [busy, waiting, broken];
    assert.deepEqual(await found("state=running"), living);
    assert.deepEqual(await found("system=shop&type=worker&state=running"), living);
    assert.deepEqual(await found("condition=stuck"), [busy, waiting]);
    assert.deepEqual(await found("condition=problem"), [busy, waiting]);
    assert.deepEqual(await found("condition=idle"), [broken]);
    assert.equal((await kit.get("/api/actors?condition=running")).status, 400);
    assert.deepEqual(await found("system=other"), []);
    assert.deepEqual(await found("type=nobody"), []);
    assert.deepEqual(await found(`q=${busy.toUpperCase().replace("/", "%2F")}`), [busy]);
    assert.deepEqual(await found("state=running&limit=2"), [busy, waiting]);
  });

  it("tells all around an actor", async () => {
    const { busy = "", waiting = "", broken = "" } = kit.ids;
    const detail = async (id: string): Promise<Json> =>
      (await kit.get(`/api/actors/${encodeURIComponent(id)}`)).json;

    const one = await detail(busy);
    assert.deepEqual([one.system, one.actor.busy.messageType], ["shop", "hold"]);
    assert.equal(one.condition, "stuck");
    assert.deepEqual(
      one.waiters.map(({ id, wait }: Json) => [id, wait.kind, wait.messageType]),
      [[waiting, "ask", "order"]],
    );
    assert.equal(one.stuck.id, busy);
    assert.equal(one.type.type, "worker");
    assert.ok(one.traces.length > 0);
    const failed = await detail(broken);
    assert.deepEqual([failed.actor.lastError, failed.failures[0].event], ["Error", "actor.failed"]);
  });

  it("shows states with secrets blanked, and refs by their ids", async () => {
    const { json } = await kit.get(`/api/actors/${encodeURIComponent(kit.ids["busy"] ?? "")}`);
    assert.deepEqual(json.state, {
      orders: [{ item: "lamp" }],
      password: "[redacted]",
      deep: { Iban: "[redacted]" },
      other: kit.ids["busy"],
    });
    await using closed = await openConsole();
    const ref = closed.system.spawn(worker);
    const plain = await closed.get(`/api/actors/${encodeURIComponent(ref.id)}`);
    assert.ok(!("state" in plain.json), "unless asked for, states are not shown");
  });

  it("joins traces and log lines", async () => {
    const { traces } = (await kit.get("/api/traces?type=worker&sort=recent")).json;
    const rows = await Promise.all(
      traces.map(async ({ traceId }: Json) => (await kit.get(`/api/traces/${traceId}`)).json),
    );
    const ordered = rows.find(({ logs }) => logs.some(({ msg }: Json) => msg === "ordered"));
    assert.ok(ordered !== undefined);
    const line = ordered.logs.find(({ msg }: Json) => msg === "ordered");
    assert.ok(ordered.spans.some(({ spanId }: Json) => spanId === line.spanId));
    const failed = (await kit.get("/api/traces?error=1")).json.traces;
    assert.ok(failed.length > 0 && failed.every(({ errors }: Json) => errors > 0));
  });

  it("tells who waits, what is stuck and what is counted", async () => {
    const waits = (await kit.get("/api/waits")).json;
    assert.ok(
      waits.edges.some(
        ({ id, wait }: Json) => id === kit.ids["waiting"] && wait.targetId === kit.ids["busy"],
      ),
    );
    assert.deepEqual(
      waits.stuck.map(({ id }: Json) => id).toSorted(),
      [kit.ids["busy"], kit.ids["waiting"]].toSorted(),
    );
    const { metrics } = (await kit.get("/api/metrics")).json;
    const metric = (name: string): Json => metrics.find((row: Json) => row.name === name);
    const total = (name: string): number =>
      metric(name).points.reduce((sum: number, { value }: Json) => sum + value, 0);
    assert.equal(total("actor.started"), 4);
    assert.equal(total("actor.stopped"), 1);
    assert.equal(total("actor.active"), 3);
    assert.equal(metric("actor.active").kind, "gauge");
    const [wait] = metric("actor.message.wait.duration").points.filter(
      ({ value }: Json) => value > 0,
    );
    assert.ok(wait.p50 <= wait.p95 && wait.p95 <= wait.p99);
    assert.deepEqual(Object.keys(wait.attributes).toSorted(), [
      "actor.message.kind",
      "actor.message.type",
      "actor.type",
    ]);
  });
});

describe("the console's taps", () => {
  it("show lines of any pino logger, spans of any SDK, and cost nothing without a viewer", async () => {
    const stream = consoleLogStream();
    const processor = consoleSpanProcessor();
    stream.write('{"msg":"before"}\n');
    const logger = createLogger({
      destination: { write() {} },
      pino: { hooks: { streamWrite: (line) => line.replace("secret", "------") } },
    });
    await using kit = await openConsole();
    stream.write('{"level":30,"msg":"after"}\n');
    logger.info("a secret line");
    await processor.forceFlush();
    await processor.shutdown();

    const { logs } = (await kit.get("/api/logs")).json;
    assert.deepEqual(
      logs.map(({ msg }: Json) => msg),
      ["after", "a ------ line"],
    );
    await kit.console.close();
    stream.write('{"msg":"later"}\n');
  });
});
