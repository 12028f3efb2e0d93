import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DiagLogLevel } from "@opentelemetry/api";
import { Diagnostics } from "../../src/preload/diagnostics.ts";
import { Environment } from "../../src/preload/environment.ts";
import { createMetricOutlets } from "../../src/preload/metric-readers.ts";
import { ProcessRole } from "../../src/preload/process/process-role.ts";
import { createResource } from "../../src/preload/resource.ts";
import { createSpanOutlets } from "../../src/preload/spans/span-processors.ts";
import { ManualClock } from "../../src/testing.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

describe("a variable of the environment", () => {
  const read = (variables: Record<string, string>) => {
    const problems: string[] = [];
    return { problems, environment: new Environment(variables, (text) => problems.push(text)) };
  };

  it("is unset when it is blank", () => {
    const { environment } = read({ A: "  ", B: " b " });
    assert.deepEqual([environment.text("A"), environment.text("B")], [undefined, "b"]);
    assert.equal(environment.firstOf("A", "B"), "b");
  });

  it("may be a list, whose entries count once", () => {
    const { environment } = read({ A: "x, y,,x ", B: "," });
    assert.deepEqual(environment.list("A", ["z"]), ["x", "y"]);
    assert.deepEqual(environment.list("B", ["z"]), ["z"]);
  });

  it("names no exporter when it says none among others", () => {
    assert.deepEqual(read({ A: "otlp,none" }).environment.exporters("A", "otlp"), []);
  });

  for (const value of ["x", "-1", "1.5", "1e9", "NaN"]) {
    it(`that says ${value} for a count is reported and ignored`, () => {
      const { environment, problems } = read({ A: value });
      const bounds = { min: 0, max: 100, integer: true };
      assert.equal(environment.number("A", 7, bounds), 7);
      assert.equal(problems.length, 1);
    });
  }
});

describe("exporters", () => {
  const clock = new ManualClock();
  const open = (variables: Record<string, string>, watched = false) => {
    const problems: string[] = [];
    const environment = new Environment(variables, (text) => problems.push(text));
    const diagnostics = new Diagnostics();
    const { Main } = ProcessRole;
    const spans = createSpanOutlets({ environment, clock, diagnostics, watched });
    const metrics = createMetricOutlets({ environment, clock, diagnostics, role: Main });
    return { spans, metrics, problems };
  };

  it("are the collector for spans and the page for metrics by default", () => {
    const { spans, metrics, problems } = open({});
    assert.ok(spans.queue !== undefined && spans.processors.includes(spans.queue));
    assert.deepEqual(problems, []);
    assert.equal(spans.tracesEndpoint, "http://localhost:4318/v1/traces");
    assert.deepEqual([metrics.readers.length, metrics.page === undefined], [1, false]);
    assert.equal(metrics.metricsEndpoint, undefined);
  });

  it("may be several", () => {
    const { spans, metrics } = open({
      OTEL_TRACES_EXPORTER: "console,otlp",
      OTEL_METRICS_EXPORTER: "otlp,console,prometheus",
    });
    // The third shows spans to consoles.
    assert.deepEqual([spans.processors.length, metrics.readers.length], [3, 3]);
    assert.equal(metrics.metricsEndpoint, "http://localhost:4318/v1/metrics");
  });

  it("may be none", () => {
    const none = { OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" };
    const { spans, metrics } = open(none);
    assert.deepEqual([spans.processors, metrics.readers], [[], []]);
  });

  it("are none, and spans are made all the same, where a console is to see them", () => {
    const { spans } = open({ OTEL_TRACES_EXPORTER: "none" }, true);
    assert.deepEqual([spans.processors.length, spans.queue], [1, undefined]);
  });

  it("that are unknown are reported", () => {
    const { problems } = open({ OTEL_TRACES_EXPORTER: "zipkin", OTEL_METRICS_EXPORTER: "statsd" });
    assert.match(
      problems.join("\n"),
      /TRACES_EXPORTER .* not "zipkin"\n.*METRICS_EXPORTER .* not "statsd"/,
    );
  });
});

describe("the resource", () => {
  const attributesFor = (variables: Record<string, string>, problems: string[] = []) => {
    // The SDK's own parser reads the process.
    const raw = variables["OTEL_RESOURCE_ATTRIBUTES"];
    if (raw === undefined) delete process.env["OTEL_RESOURCE_ATTRIBUTES"];
    else process.env["OTEL_RESOURCE_ATTRIBUTES"] = raw;
    return createResource(new Environment(variables, (text) => problems.push(text))).attributes;
  };

  it("says which service, process and host, and no more", () => {
    assert.deepEqual(Object.keys(attributesFor({})).sort(), [
      "host.name",
      "process.pid",
      "process.runtime.name",
      "process.runtime.version",
      "service.instance.id",
      "service.name",
      "telemetry.sdk.language",
      "telemetry.sdk.name",
      "telemetry.sdk.version",
    ]);
  });

  it("takes OTEL_SERVICE_NAME over OTEL_RESOURCE_ATTRIBUTES over the default", () => {
    const declared = { OTEL_RESOURCE_ATTRIBUTES: "service.name=a,team=x%2Cy" };
    assert.equal(attributesFor({})["service.name"], "unknown_service:node");
    assert.equal(attributesFor(declared)["service.name"], "a");
    assert.equal(attributesFor(declared)["team"], "x,y");
    assert.equal(attributesFor({ ...declared, OTEL_SERVICE_NAME: "b" })["service.name"], "b");
  });

  it("has of the detectors what is asked for", () => {
    const keys = (detectors: string) =>
      Object.keys(attributesFor({ OTEL_NODE_RESOURCE_DETECTORS: detectors })).filter(
        (key) => !/^(telemetry|service\.name)/.test(key),
      );
    assert.deepEqual(keys("none"), []);
    assert.deepEqual(keys("host"), ["host.name"]);
    assert.deepEqual(keys("env,os"), ["os.type", "os.version"]);
  });

  it("never has what may be secret, whoever declares it", () => {
    const secret = "process.command_args=p,process.owner=me,process.executable.path=/x,a=1";
    const attributes = attributesFor({ OTEL_RESOURCE_ATTRIBUTES: secret });
    assert.equal(attributes["a"], "1");
    assert.doesNotMatch(Object.keys(attributes).join(), /command|owner|executable/);
  });

  it("reports attributes and detectors it cannot read", () => {
    const problems: string[] = [];
    attributesFor({ OTEL_RESOURCE_ATTRIBUTES: "broken" }, problems);
    attributesFor({ OTEL_NODE_RESOURCE_DETECTORS: "toString" }, problems);
    assert.match(problems.join("\n"), /ignoring all of it\n.*not "toString"/);
  });
});

describe("diagnostics", () => {
  const open = (level = DiagLogLevel.WARN) => {
    const lines: string[] = [];
    const clock = new ManualClock();
    const diagnostics = new Diagnostics({ level, clock, write: (line) => lines.push(line) });
    return { diagnostics, clock, read: () => lines.map((line) => JSON.parse(line)) };
  };

  it("are lines like those of the logger", () => {
    const { diagnostics, read, clock } = open();
    diagnostics.report("spans not exported", { spans: 3 });
    assert.deepEqual(read(), [
      {
        level: 40,
        time: clock.epochMs(),
        name: "limelight/preload",
        spans: 3,
        msg: "spans not exported",
      },
    ]);
  });

  it("are three of a kind in 30 s; the next one says how many were held back", async () => {
    const { diagnostics, read, clock } = open();
    for (let port = 0; port < 10; port += 1) diagnostics.error(`no answer on port ${port}`);
    diagnostics.error("another kind");
    const before = read().length;
    await clock.advance(30_000);
    diagnostics.error("no answer on port 99");
    assert.equal(before, 4);
    assert.equal(read().at(-1).suppressed, 7);
  });

  it("have a bounded number of kinds", () => {
    const { diagnostics, read } = open();
    for (let index = 0; index < 1_000; index += 1) {
      diagnostics.error(`kind ${String.fromCharCode(0x4e00 + index)}`);
    }
    assert.equal(read().length, 103);
  });

  it("hold back what is below the level", () => {
    const { diagnostics, read } = open(DiagLogLevel.ERROR);
    diagnostics.warn("a");
    diagnostics.debug("b");
    diagnostics.error("c");
    assert.deepEqual(
      read().map((line) => line.msg),
      ["c"],
    );
  });

  it("are one short line each, without stacks", () => {
    const { diagnostics, read } = open();
    const error = Object.assign(new Error("two\nlines"), { code: "EX" });
    diagnostics.error("component", "failed", error);
    // What OpenTelemetry's global error handler hands over.
    diagnostics.error(JSON.stringify({ stack: "at x", message: "lost", name: "Error", data: "s" }));
    diagnostics.error("x".repeat(10_000));
    const texts = read().map((line) => line.msg);
    assert.deepEqual(texts.slice(0, 2), ["component failed Error EX: two lines", "Error: lost"]);
    assert.ok(texts[2].length <= 501);
  });

  it("follow OTEL_LOG_LEVEL, on stderr and never on stdout", async () => {
    const esm = `import { diag } from "@opentelemetry/api"; diag.info("a word");`;
    const env = { OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" };
    const app = await PreloadProcess.run({ esm, env: { ...env, OTEL_LOG_LEVEL: "DEBUG" } });
    assert.deepEqual(app.stdout, []);
    assert.ok(app.diagnostics.some((line) => line["msg"] === "a word" && line["level"] === 30));
    assert.equal(app.diagnostics.length, app.stderr.trim().split("\n").length);
  });
});
