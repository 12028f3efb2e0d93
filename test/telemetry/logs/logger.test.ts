import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { context, trace } from "@opentelemetry/api";
import { type CreateLoggerOptions, createLogger } from "../../../src/telemetry.ts";
import { inMemoryTelemetry, type LogLine } from "../../../src/testing.ts";

/** A logger of limelight's and the lines it wrote. */
function collecting(options: CreateLoggerOptions = {}) {
  const lines: LogLine[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) };
  return { logger: createLogger({ ...options, destination }), lines };
}

const { LIMELIGHT_LOG_LEVEL, OTEL_SERVICE_NAME } = process.env;
afterEach(() => {
  restore("LIMELIGHT_LOG_LEVEL", LIMELIGHT_LOG_LEVEL);
  restore("OTEL_SERVICE_NAME", OTEL_SERVICE_NAME);
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

const SPAN_CONTEXT = {
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  traceFlags: 1,
};

describe("createLogger", () => {
  it("writes one JSON object a line, with a numeric level and the time in epoch milliseconds", () => {
    const { logger, lines } = collecting();

    logger.info({ amount: 3 }, "deposited");

    const [{ time, ...line }] = lines as [LogLine];
    assert.deepEqual(line, { level: 30, amount: 3, msg: "deposited" });
    assert.ok(Number.isInteger(time) && Number(time) > 1_700_000_000_000);
  });

  it("adds the active trace, its span and flags", () => {
    inMemoryTelemetry();
    const { logger, lines } = collecting();

    context.with(trace.setSpanContext(context.active(), SPAN_CONTEXT), () => logger.info("within"));
    logger.info("without");

    const [within, without] = lines;
    assert.equal(within?.["trace_id"], SPAN_CONTEXT.traceId);
    assert.equal(within?.["span_id"], SPAN_CONTEXT.spanId);
    assert.equal(within?.["trace_flags"], "01");
    assert.equal(without !== undefined && "trace_id" in without, false);
  });

  it("puts the correlation between what every line has and what this one has", () => {
    inMemoryTelemetry();
    const written: string[] = [];
    const destination = { write: (line: string) => void written.push(line) };
    const logger = createLogger({ serviceName: "shop", destination });

    context.with(trace.setSpanContext(context.active(), SPAN_CONTEXT), () =>
      logger.info({ amount: 3 }, "deposited"),
    );

    assert.deepEqual(Object.keys(JSON.parse(written[0]!) as object), [
      "level",
      "time",
      "service.name",
      "trace_id",
      "span_id",
      "trace_flags",
      "amount",
      "msg",
    ]);
  });

  it("redacts secrets by key, at the top and one level down", () => {
    const { logger, lines } = collecting();
    const secrets = { password: "p", token: "t", apiKey: "k", authorization: "a", cookie: "c" };

    logger.info({ ...secrets, user: { ...secrets, name: "alice" } }, "signed in");

    const [line] = lines;
    for (const key of Object.keys(secrets)) {
      assert.equal(line![key], "[redacted]", key);
      assert.equal((line!["user"] as Record<string, unknown>)[key], "[redacted]", `user.${key}`);
    }
    assert.equal((line!["user"] as Record<string, unknown>)["name"], "alice");
  });

  it("redacts what children are bound to", () => {
    const { logger, lines } = collecting();

    logger.child({ token: "t", tenant: "acme" }).info("bound");

    assert.equal(lines[0]?.["token"], "[redacted]");
    assert.equal(lines[0]?.["tenant"], "acme");
  });

  it("lets a mixin of the user's win over its own fields", () => {
    inMemoryTelemetry();
    const { logger, lines } = collecting({
      pino: { mixin: () => ({ trace_id: "mine", extra: true }) },
    });

    context.with(trace.setSpanContext(context.active(), SPAN_CONTEXT), () => logger.info("mixed"));

    assert.equal(lines[0]?.["trace_id"], "mine");
    assert.equal(lines[0]?.["extra"], true);
    assert.equal(lines[0]?.["span_id"], SPAN_CONTEXT.spanId);
  });

  it("passes further options on to pino", () => {
    const { logger, lines } = collecting({ pino: { messageKey: "text", base: { host: "h" } } });

    logger.info("hello");

    assert.equal(lines[0]?.["text"], "hello");
    assert.equal(lines[0]?.["host"], "h");
  });

  it("writes `info` and above by default, and what LIMELIGHT_LOG_LEVEL says", () => {
    delete process.env["LIMELIGHT_LOG_LEVEL"];
    assert.equal(createLogger().level, "info");

    process.env["LIMELIGHT_LOG_LEVEL"] = "debug";
    const { logger, lines } = collecting();
    logger.debug("shown");
    logger.trace("not shown");
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ["shown"],
    );
    assert.equal(collecting({ level: "error" }).logger.level, "error");
  });

  it("names the service as told, else by OTEL_SERVICE_NAME, else not at all", () => {
    process.env["OTEL_SERVICE_NAME"] = "from-env";
    const fromEnv = collecting();
    const told = collecting({ serviceName: "told" });
    delete process.env["OTEL_SERVICE_NAME"];
    const none = collecting();

    for (const { logger } of [fromEnv, told, none]) logger.info("hello");

    assert.equal(fromEnv.lines[0]?.["service.name"], "from-env");
    assert.equal(told.lines[0]?.["service.name"], "told");
    assert.equal("service.name" in none.lines[0]!, false);
  });

  it("writes errors with type, message, stack and code", () => {
    const { logger, lines } = collecting();

    logger.error({ err: Object.assign(new RangeError("too far"), { code: "ERR_FAR" }) }, "failed");

    const { type, message, code, stack } = lines[0]!["err"] as Record<string, unknown>;
    assert.deepEqual(
      { type, message, code },
      { type: "RangeError", message: "too far", code: "ERR_FAR" },
    );
    assert.match(String(stack), /RangeError: too far/);
  });
});
