import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import type { ReceivedLog } from "../_support/preload-otlp-json.ts";
import { type Line, PreloadProcess } from "../_support/preload-process.ts";

const QUIET = { OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" };

/** A system whose actor writes lines of several kinds, in a recorded trace. */
const APP = `
  import { createSystem, defineActor } from "limelight";
  import { createLogger, withSpan } from "limelight/telemetry";
  const log = createLogger({ serviceName: "shop" });
  const actor = defineActor("basket", {
    handlers: {
      add(c, item) {
        c.log.info({ item, sizes: [1, 2.5], nested: { deep: true } }, "added");
        c.log.error({ err: new Error("no stock") }, "out of stock");
        return 1;
      },
    },
  });
  const system = createSystem({ logger: log });
  const basket = system.spawn(actor);
  await withSpan("request", () => basket.ask.add("apple"));
  log.warn({ password: "hunter2", url: "http://x/?token=s3cret" }, "Bearer abc.def.ghi leaks");
  log.child({ part: "checkout" }).fatal("gone");
  await system.shutdown();
`;

async function run(env: NodeJS.ProcessEnv, esm = APP) {
  await using receiver = await OtlpReceiver.start();
  const app = await PreloadProcess.run({
    esm,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_LOGS_EXPORTER: "otlp", ...env },
  });
  assert.equal(app.exit.code, 0, app.stderr);
  return { app, receiver, records: receiver.logs };
}

const lineOf = (lines: readonly Line[], msg: string): Line => {
  const found = lines.find((line) => line["msg"] === msg);
  assert.ok(found, msg);
  return found;
};
const recordOf = (records: readonly ReceivedLog[], body: string): ReceivedLog => {
  const found = records.find((record) => record.body === body);
  assert.ok(found, body);
  return found;
};

describe("OTEL_LOGS_EXPORTER=otlp", { concurrency: 2 }, () => {
  it("sends each line once, in order, with the ids that it has on stdout", async () => {
    const { app, records } = await run({ OTEL_METRICS_EXPORTER: "none" });

    assert.equal(app.stderr, "");
    assert.ok(records.length >= 6);
    assert.deepEqual(
      records.map(({ body, traceId, spanId, timeMs, eventName, attributes }) => [
        body,
        traceId,
        spanId,
        timeMs,
        eventName,
        attributes["actor_id"],
      ]),
      app.lines.map((line) =>
        ["msg", "trace_id", "span_id", "time", "event", "actor_id"].map((name) => line[name]),
      ),
    );
  });

  it("makes a record of a line's parts", async () => {
    const { app, receiver, records } = await run({ OTEL_METRICS_EXPORTER: "none" });

    const added = recordOf(records, "added");
    const { "service.name": service } = added.resource;
    assert.deepEqual(
      [service, added.scope, added.severityNumber, added.severityText, added.flags],
      ["shop", "limelight", 9, "INFO", 1],
    );
    assert.deepEqual(added.attributes, {
      actor_id: lineOf(app.lines, "added")["actor_id"],
      actor_type: "basket",
      item: "apple",
      sizes: [1, 2.5],
      nested: { deep: true },
    });
    const { traceId, spanId } = added;
    assert.ok(receiver.spans.some((span) => span.traceId === traceId && span.spanId === spanId));
    assert.equal(recordOf(records, "out of stock").attributes["err"].message, "no stock");
    assert.deepEqual(
      ["out of stock", "gone"].map((body) => recordOf(records, body).severityText),
      ["ERROR", "FATAL"],
    );
    const { attributes, traceId: none } = recordOf(records, "gone");
    assert.deepEqual([attributes, none], [{ part: "checkout" }, undefined]);
    const started = records.find(({ eventName }) => eventName === "actor.started");
    assert.equal(started?.attributes["event"], "actor.started");
  });

  it("redacts before it sends", async () => {
    const { receiver } = await run(QUIET);

    const sent = receiver.requests.map(({ body }) => body.toString()).join("");
    assert.match(sent, /\[redacted\]/);
    assert.doesNotMatch(sent, /hunter2|s3cret|abc\.def\.ghi/);
  });

  it("marks the lines on stdout that it has taken, and no others", async () => {
    const esm = `
      import { createLogger } from "limelight/telemetry";
      const log = createLogger();
      for (let at = 0; at < 5; at += 1) log.info({ at, "log.exported": "mine" }, "line");
    `;
    const { app, records } = await run({ ...QUIET, OTEL_BLRP_MAX_QUEUE_SIZE: "3" }, esm);

    assert.deepEqual(
      app.lines.map((line) => [line["at"], line["log.exported"], line["fields.log.exported"]]),
      [
        [0, "otlp", "mine"],
        [1, "otlp", "mine"],
        [2, "otlp", "mine"],
        [3, undefined, "mine"],
        [4, undefined, "mine"],
      ],
    );
    assert.deepEqual(
      records.map(({ attributes }) => attributes["at"]),
      [0, 1, 2],
    );
    const [line] = app.diagnostics;
    assert.deepEqual(
      [line?.["logs"], line?.["msg"]],
      [2, "logs dropped: more were made than could be sent"],
    );
  });

  it("leaves lines as they are when it is not set", async () => {
    await using receiver = await OtlpReceiver.start();
    const env = { ...QUIET, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const app = await PreloadProcess.run({ esm: APP, env });

    assert.deepEqual(receiver.requests, []);
    assert.ok(app.lines.length > 0);
    assert.ok(app.lines.every((line) => !("log.exported" in line)));
  });

  it("sends protobuf when asked", async () => {
    const { receiver } = await run({
      ...QUIET,
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: "gzip",
    });

    const [request] = receiver.requests;
    assert.deepEqual(
      [request?.path, request?.headers["content-type"]],
      ["/v1/logs", "application/x-protobuf"],
    );
    for (const text of ["actor.started", "out of stock", "basket"]) {
      assert.ok(request?.body.includes(text), text);
    }
  });

  it("takes records of the Logs API, and no line a second time from pino's instrumentation", async () => {
    const esm = `
      import { logs } from "@opentelemetry/api";
      import { createLogger } from "limelight/telemetry";
      const own = logs.getLogger("app");
      const pino = logs.getLogger("@opentelemetry/instrumentation-pino");
      const write = (line) => {
        process.stdout.write(line);
        pino.emit({ body: "copy" });
      };
      createLogger({ destination: { write } }).info("line");
      own.emit({ body: "by hand", eventName: "app.event", attributes: { a: 1 } });
      pino.emit({ body: "of another logger" });
    `;
    const { records } = await run(QUIET, esm);

    assert.deepEqual(
      records.map(({ body, scope, eventName }) => [body, scope, eventName]),
      [
        ["line", "limelight", undefined],
        ["by hand", "app", "app.event"],
        ["of another logger", "@opentelemetry/instrumentation-pino", undefined],
      ],
    );
  });

  it("cuts what exceeds the limits of records, and counts what it leaves out", async () => {
    const esm = `
      import { createLogger } from "limelight/telemetry";
      createLogger().info({ a: "long text", b: { c: "another text" }, d: 1, e: 2 }, "the text");
    `;
    const { records } = await run(
      {
        ...QUIET,
        OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: "4",
        OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: "3",
      },
      esm,
    );

    assert.deepEqual(
      records.map(({ body, attributes }) => [body, attributes]),
      [["the ", { a: "long", b: { c: "anot" }, d: 1 }]],
    );
  });

  it("counts what it sends, in metrics and in the report of the stop", async () => {
    const esm = `
      import { createLogger, stopTelemetry, telemetryStatus } from "limelight/telemetry";
      const log = createLogger();
      for (let at = 0; at < 5; at += 1) log.info("line");
      const path = new URL(telemetryStatus().logsEndpoint).pathname;
      const { complete, logs } = await stopTelemetry();
      log.info("late");
      console.log(JSON.stringify({ path, complete, logs, late: telemetryStatus().logs.dropped }));
    `;
    const { app, receiver } = await run(
      {
        OTEL_TRACES_EXPORTER: "none",
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_BLRP_MAX_QUEUE_SIZE: "3",
      },
      esm,
    );

    assert.deepEqual(await app.line("complete"), {
      path: "/v1/logs",
      complete: false,
      logs: { exported: 3, failed: 0, dropped: 2 },
      late: 3,
    });
    assert.equal("log.exported" in lineOf(app.lines, "late"), false);
    const dropped = receiver.points.find(
      ({ name, attributes }) =>
        name === "otel.sdk.processor.log.processed" && attributes["error.type"] === "queue_full",
    );
    assert.deepEqual([dropped?.value, dropped?.unit], [2, "{log_record}"]);
  });
});

describe("log records of a process that ends", { concurrency: 2 }, () => {
  it("are sent before process.exit", async () => {
    const esm = `
      import { createLogger } from "limelight/telemetry";
      const log = createLogger();
      process.on("exit", () => log.info("too late"));
      log.info("last words");
      process.exit();
    `;
    const { app, records } = await run(QUIET, esm);

    assert.deepEqual(
      records.map(({ body }) => body),
      ["last words"],
    );
    assert.deepEqual(
      app.lines.map((line) => [line["msg"], line["log.exported"]]),
      [
        ["last words", "otlp"],
        ["too late", undefined],
      ],
    );
  });

  it("do not hold it when there is no collector, and are reported as lost", async () => {
    const esm = `
      import { createLogger, telemetryStatus } from "limelight/telemetry";
      createLogger().info("line");
      process.on("exit", () => console.log(JSON.stringify({ logs: telemetryStatus().logs })));
    `;
    const env = {
      ...QUIET,
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
    };
    const app = await PreloadProcess.run({ esm, env });

    const { logs } = await app.line("logs");
    assert.deepEqual([logs.made, logs.failed, logs.inFlight], [1, 1, 0]);
    const [line] = app.diagnostics;
    assert.deepEqual([line?.["msg"], line?.["logs"]], ["logs not exported", 1]);
    assert.match(line?.["reason"], /v1\/logs: .*ECONNREFUSED/);
  });

  it("wait for a collector that hangs until the deadline, no longer", async () => {
    await using receiver = await OtlpReceiver.start();
    receiver.answerWith("nothing");
    const esm = `
      import { createLogger, stopTelemetry } from "limelight/telemetry";
      createLogger().info("line");
      const { complete, logs } = await stopTelemetry({ deadlineMs: 50 });
      console.log(JSON.stringify({ complete, logs }));
    `;
    const env = {
      ...QUIET,
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    };
    const app = await PreloadProcess.run({ esm, env });

    const lost = { exported: 0, failed: 1, dropped: 0 };
    assert.deepEqual(await app.line("complete"), { complete: false, logs: lost });
    assert.match(app.stderr, /logs lost at shutdown/);
  });
});
