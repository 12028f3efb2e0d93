import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { STANDARD_VARIABLES, Treatment } from "../../src/preload/standard-variables.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

const OTLP = ["", "TRACES_", "METRICS_", "LOGS_"].flatMap((signal) =>
  [
    "ENDPOINT",
    "INSECURE",
    "CERTIFICATE",
    "CLIENT_KEY",
    "CLIENT_CERTIFICATE",
    "HEADERS",
    "COMPRESSION",
    "TIMEOUT",
    "PROTOCOL",
  ].map((name) => `OTEL_EXPORTER_OTLP_${signal}${name}`),
);

/**
 * The variables of OpenTelemetry's specification, one section after the other.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ | Environment variables}
 * @see {@link https://opentelemetry.io/docs/specs/otel/protocol/exporter/ | OTLP exporter}
 */
const SPECIFICATION: readonly string[] = [
  "OTEL_SDK_DISABLED",
  "OTEL_ENTITIES",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_SERVICE_NAME",
  "OTEL_LOG_LEVEL",
  "OTEL_PROPAGATORS",
  "OTEL_TRACES_SAMPLER",
  "OTEL_TRACES_SAMPLER_ARG",
  "OTEL_BSP_SCHEDULE_DELAY",
  "OTEL_BSP_EXPORT_TIMEOUT",
  "OTEL_BSP_MAX_QUEUE_SIZE",
  "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
  "OTEL_BLRP_SCHEDULE_DELAY",
  "OTEL_BLRP_EXPORT_TIMEOUT",
  "OTEL_BLRP_MAX_QUEUE_SIZE",
  "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
  "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_SPAN_EVENT_COUNT_LIMIT",
  "OTEL_SPAN_LINK_COUNT_LIMIT",
  "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
  "OTEL_EXPORTER_ZIPKIN_TIMEOUT",
  "OTEL_EXPORTER_PROMETHEUS_HOST",
  "OTEL_EXPORTER_PROMETHEUS_PORT",
  "OTEL_TRACES_EXPORTER",
  "OTEL_METRICS_EXPORTER",
  "OTEL_LOGS_EXPORTER",
  "OTEL_METRICS_EXEMPLAR_FILTER",
  "OTEL_METRIC_EXPORT_INTERVAL",
  "OTEL_METRIC_EXPORT_TIMEOUT",
  "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
  "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
  "OTEL_CONFIG_FILE",
  "OTEL_EXPERIMENTAL_CONFIG_FILE",
  ...OTLP,
  // Removed from the specification, and still set in places.
  "OTEL_EXPORTER_OTLP_SPAN_INSECURE",
  "OTEL_EXPORTER_OTLP_METRIC_INSECURE",
  "OTEL_EXPORTER_JAEGER_AGENT_HOST",
  "OTEL_EXPORTER_JAEGER_AGENT_PORT",
  "OTEL_EXPORTER_JAEGER_ENDPOINT",
  "OTEL_EXPORTER_JAEGER_PROTOCOL",
  "OTEL_EXPORTER_JAEGER_TIMEOUT",
  "OTEL_EXPORTER_JAEGER_USER",
  "OTEL_EXPORTER_JAEGER_PASSWORD",
];

/** What docs/preload.md says of each variable, by name. */
function documented(): Map<string, string> {
  const text = readFileSync(new URL("../../docs/preload.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| (?<names>`OTEL_[^|]*) \| (?<treatment>[^|]+) \|/gm)];
  return new Map(
    rows.flatMap(({ groups }) =>
      [...(groups?.["names"] ?? "").matchAll(/`(OTEL_\w+)`/g)].map(
        ([, name = ""]) => [name, groups?.["treatment"] ?? ""] as const,
      ),
    ),
  );
}

describe("every variable of OpenTelemetry's specification", { concurrency: 2 }, () => {
  it("is followed, or warned about", () => {
    const unknown = SPECIFICATION.filter((name) => !STANDARD_VARIABLES.has(name));
    assert.deepEqual(unknown, []);
    assert.deepEqual([...STANDARD_VARIABLES.keys()].sort(), [...SPECIFICATION].sort());
  });

  it("stands in docs/preload.md with what becomes of it", () => {
    const rows = documented();
    for (const [name, treatment] of STANDARD_VARIABLES) {
      assert.ok(rows.get(name)?.startsWith(treatment), `${name}: ${rows.get(name)}`);
    }
  });

  it("that is not followed is warned about when it is set", async () => {
    const ignored = [...STANDARD_VARIABLES].flatMap(([name, treatment]) =>
      treatment === Treatment.Ignored ? [name] : [],
    );
    const env = {
      ...Object.fromEntries(ignored.map((name) => [name, "true"])),
      OTEL_TRACES_EXPORTER: "none",
    };
    const app = await PreloadProcess.run({ esm: "", env });

    assert.equal(app.exit.code, 0);
    const warned = app.diagnostics.map(({ msg }) => /^(\w+) is not followed: /.exec(msg)?.[1]);
    assert.deepEqual(warned.sort(), ignored.sort());
  });

  it("that is followed is read by the SDK only, without a word when it is blank", async () => {
    const names = [...STANDARD_VARIABLES.keys()].filter(
      (name) => name !== "OTEL_EXPORTER_PROMETHEUS_PORT",
    );
    await using receiver = await OtlpReceiver.start();
    const env = {
      ...Object.fromEntries(names.map((name) => [name, " "])),
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    };
    const esm = `import { trace } from "@opentelemetry/api"; trace.getTracer("app").startSpan("only").end();`;
    const app = await PreloadProcess.run({ esm, env });

    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
    assert.equal(receiver.spans.length, 1);
  });
});

describe("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", { concurrency: 2 }, () => {
  for (const [aggregation, kind] of [
    ["base2_exponential_bucket_histogram", "exponentialHistogram"],
    ["explicit_bucket_histogram", "histogram"],
  ]) {
    it(`${aggregation} makes the application's histograms a ${kind}`, async () => {
      await using receiver = await OtlpReceiver.start();
      const app = await PreloadProcess.run({
        esm: `
          import { metrics } from "@opentelemetry/api";
          const histogram = metrics.getMeter("app").createHistogram("own");
          for (let i = 1; i < 50; i += 1) histogram.record(i);
        `,
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
          OTEL_TRACES_EXPORTER: "none",
          OTEL_METRICS_EXPORTER: "otlp",
          OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: aggregation,
        },
      });

      assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
      const [point] = receiver.points.filter(({ name }) => name === "own");
      assert.deepEqual([point?.kind, point?.value], [kind, 49]);
    });
  }
});
