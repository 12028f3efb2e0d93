import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PreloadProcess } from "../_support/preload-process.ts";

const APP = `
  import { createSystem, defineActor } from "limelight";
  const actor = defineActor("w", { handlers: { work(c) { c.log.info("working"); c.log.debug("detail"); return 1; } } });
  console.log(JSON.stringify({ reply: await createSystem().spawn(actor).ask.work() }));
`;

const METRICS_BOUND = `
  import { telemetryStatus } from "limelight/telemetry";
  console.log(JSON.stringify({ bound: (await telemetryStatus().metricsBound) !== undefined }));
`;

describe("a bad LIMELIGHT_LOG_LEVEL", { concurrency: 2 }, () => {
  for (const level of ["", "  ", "verbose", "42", "toString"]) {
    it(`(${JSON.stringify(level)}) means info, with and without the preload`, async () => {
      for (const preload of [["--import"], []] as const) {
        const env = { LIMELIGHT_LOG_LEVEL: level, OTEL_TRACES_EXPORTER: "none" };
        const app = await PreloadProcess.run({ esm: APP, env, preload });

        assert.equal(app.exit.code, 0, app.stderr);
        const lines = app.lines.flatMap(({ msg }) => (msg === undefined ? [] : [msg]));
        assert.ok(lines.includes("working") && !lines.includes("detail"), lines.join());
        const warning = /LimelightWarning: LIMELIGHT_LOG_LEVEL knows .*: using info/;
        if (level.trim() === "") assert.equal(app.stderr, "");
        else assert.match(app.stderr, warning);
      }
    });
  }

  it("is no matter of case, and a good one is followed", async () => {
    const env = { LIMELIGHT_LOG_LEVEL: "Debug", OTEL_TRACES_EXPORTER: "none" };
    const app = await PreloadProcess.run({ esm: APP, env });
    assert.ok(app.lines.some(({ msg }) => msg === "detail"));
    assert.equal(app.stderr, "");
  });
});

/** Each with a bad value, and what is said of it. */
const BAD: Readonly<Record<string, readonly [value: string, problem: RegExp]>> = {
  LIMELIGHT_SHUTDOWN_DEADLINE_MS: ["soon", /must be a number from 0 .*: using 2000/],
  LIMELIGHT_CONSOLE: ["yes", /LIMELIGHT_CONSOLE knows/],
  OTEL_SDK_DISABLED: ["yes", /OTEL_SDK_DISABLED must be true or false, not "yes": using false/],
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: ["-5", /OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT must be .*: using 128/],
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: ["1.5", /OTEL_LINK_ATTRIBUTE_COUNT_LIMIT must be .*: using 128/],
  OTEL_EXPORTER_OTLP_HEADERS: [
    "s3cret",
    /OTEL_EXPORTER_OTLP_HEADERS must be a list .*: ignoring 1 of 1/,
  ],
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: [
    "bad name=1,good=2",
    /OTEL_EXPORTER_OTLP_TRACES_HEADERS .*: ignoring 1 of 2/,
  ],
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: [
    "nonsense",
    /knows explicit_bucket_histogram, .*: using explicit/,
  ],
  OTEL_LOGS_EXPORTER: ["consol", /OTEL_LOGS_EXPORTER knows otlp, console and none, not "consol"/],
};

describe("a very long value of a variable", { concurrency: 2 }, () => {
  const long = "x".repeat(100_000);
  for (const [name, value] of Object.entries({
    LIMELIGHT_LOG_LEVEL: long,
    LIMELIGHT_INSTRUMENTATIONS: long,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${long}`,
  })) {
    it(`is shortened in the report: ${name}`, async () => {
      const app = await PreloadProcess.run({ esm: APP, env: { [name]: value } });

      assert.equal(app.exit.code, 0);
      assert.notEqual(app.stderr, "");
      assert.ok(app.stderr.length < 3_000, `${app.stderr.length} characters`);
    });
  }
});

describe("an endpoint that is no URL", { concurrency: 2 }, () => {
  for (const url of [
    "http://user:s3cret@localhost:99999",
    "http://localhost:99999/?token=s3cret",
  ]) {
    it(`is reported without its secrets: ${url}`, async () => {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_METRICS_EXPORTER: "otlp" };
      const app = await PreloadProcess.run({ esm: APP, env });

      assert.match(app.stderr, /Could not parse .*\[redacted\]/);
      assert.doesNotMatch(app.stderr, /s3cret/);
    });
  }
});

describe("a LIMELIGHT_PORTS_OWNER that names no process", { concurrency: 2 }, () => {
  for (const owner of ["", "0", "-1", "1.5", "x"]) {
    it(`(${JSON.stringify(owner)}) serves no port`, async () => {
      const env = {
        LIMELIGHT_PORTS_OWNER: `${owner}:9464,4400`,
        OTEL_EXPORTER_PROMETHEUS_PORT: "9464",
        OTEL_TRACES_EXPORTER: "none",
      };
      // The port may be taken, which is reported: it is tried in either case.
      const app = await PreloadProcess.run({ esm: METRICS_BOUND, env });

      const { bound } = await app.line("bound");
      assert.ok(bound === true || app.stderr.includes("no /metrics here"), app.stderr);
    });
  }
});

describe("a bad value of a variable", { concurrency: 2 }, () => {
  it("is warned about once, and the application runs with the default", async () => {
    const values = Object.entries(BAD).map(([name, [value]]) => [name, value]);
    const env = {
      ...Object.fromEntries(values),
      OTEL_METRICS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
    };
    const app = await PreloadProcess.run({ esm: APP, env });

    assert.equal(app.exit.code, 0);
    assert.deepEqual(await app.line("reply"), { reply: 1 });
    for (const [name, [, problem]] of Object.entries(BAD)) {
      const said = app.diagnostics.filter(({ msg }) => problem.test(msg));
      assert.equal(said.length, 1, `${name}: ${app.stderr}`);
    }
    assert.doesNotMatch(app.stderr, /s3cret/);
  });

  it("does not keep the console from opening with what is good", async () => {
    await using app = new PreloadProcess({
      esm: `setInterval(() => {}, 1_000);`,
      env: {
        LIMELIGHT_CONSOLE: "1",
        LIMELIGHT_CONSOLE_PORT: "0",
        LIMELIGHT_CONSOLE_TOKEN: "short",
        LIMELIGHT_CONSOLE_TRACE_LINK: "no link",
        LIMELIGHT_CONSOLE_ACTIONS: "perhaps",
        LIMELIGHT_CONSOLE_STATE: "perhaps",
        OTEL_TRACES_EXPORTER: "none",
      },
    });

    await app.until("console", () => /limelight console:.*\n/.exec(app.stderr) ?? undefined);
    assert.match(app.stderr, /limelight console: http:\/\/127\.0\.0\.1:\d+\/\?token=/);
    for (const name of ["TOKEN", "TRACE_LINK", "ACTIONS", "STATE"]) {
      assert.match(
        app.stderr,
        new RegExp(`LIMELIGHT_CONSOLE_${name}\\b.*(?:using its default|using false)`),
      );
    }
    assert.doesNotMatch(app.stderr, /"short|short\b.*token/);
  });
});
