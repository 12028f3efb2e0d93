// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look so
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LimelightError } from "../../src/base/errors.ts";
import { readConfigFile } from "../../src/preload/config/config-file.ts";
import { substitute } from "../../src/preload/config/substitution.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "limelight-config-"));
});
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string): string {
  files += 1;
  const path = join(folder, `config-${files}.yaml`);
  writeFileSync(path, text);
  return path;
}

function variablesOf(text: string, env: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(readConfigFile(file(text), (name) => env[name]));
}

/** What is said of a file that is refused. */
function refusal(text: string): string {
  const path = file(text);
  try {
    readConfigFile(path, () => undefined);
  } catch (error) {
    assert.ok(error instanceof LimelightError);
    assert.equal(error.code, "ERR_CONFIG_FILE");
    assert.ok(error.message.startsWith(`the configuration file ${path}: `), error.message);
    return error.message.slice(`the configuration file ${path}: `.length);
  }
  return assert.fail(`not refused: ${text}`);
}

const EVERYTHING = `
file_format: "1.0"
disabled: false
log_level: trace
attribute_limits: { attribute_value_length_limit: 4096, attribute_count_limit: 64 }
resource:
  attributes:
    - { name: service.name, value: shop }
    - { name: team, value: "a,b=c" }
  attributes_list: region=eu
  detection/development: { detectors: [{ service: }, { host: }] }
propagator: { composite: [{ tracecontext: }, { b3multi: }], composite_list: baggage }
tracer_provider:
  processors:
    - batch:
        schedule_delay: 500
        export_timeout: 4000
        max_queue_size: 100
        max_export_batch_size: 50
        exporter:
          otlp_http:
            endpoint: http://collector:4318/v1/traces
            encoding: json
            compression: gzip
            timeout: 1000
            headers: [{ name: x-key, value: "a b" }]
            headers_list: y=1
            tls: { ca_file: /ca.pem, key_file: /key.pem, cert_file: /cert.pem }
    - simple: { exporter: { console: } }
  limits: { event_count_limit: 3, attribute_count_limit: 10 }
  sampler: { parent_based: { root: { trace_id_ratio_based: { ratio: 0.25 } }, remote_parent_sampled: { always_on: } } }
meter_provider:
  readers:
    - periodic:
        interval: 2000
        exporter: { otlp_http: { temporality_preference: low_memory } }
    - pull: { exporter: { prometheus/development: { host: 0.0.0.0, port: 9999 } } }
  exemplar_filter: always_off
logger_provider:
  processors: [{ batch: { exporter: { otlp_http: } } }]
  limits: { attribute_count_limit: 7 }
`;

describe("a configuration file", () => {
  it("becomes the standard variables that mean the same", () => {
    assert.deepEqual(variablesOf(EVERYTHING), {
      OTEL_SDK_DISABLED: "false",
      OTEL_LOG_LEVEL: "verbose",
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "4096",
      OTEL_ATTRIBUTE_COUNT_LIMIT: "64",
      OTEL_RESOURCE_ATTRIBUTES: "region=eu,service.name=shop,team=a%2Cb%3Dc",
      OTEL_NODE_RESOURCE_DETECTORS: "serviceinstance,host",
      OTEL_PROPAGATORS: "tracecontext,b3multi,baggage",
      OTEL_BSP_SCHEDULE_DELAY: "500",
      OTEL_BSP_EXPORT_TIMEOUT: "4000",
      OTEL_BSP_MAX_QUEUE_SIZE: "100",
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "50",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector:4318/v1/traces",
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "1000",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "y=1,x-key=a%20b",
      OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: "/ca.pem",
      OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: "/key.pem",
      OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: "/cert.pem",
      OTEL_TRACES_EXPORTER: "otlp,console",
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "10",
      OTEL_SPAN_EVENT_COUNT_LIMIT: "3",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
      OTEL_METRIC_EXPORT_INTERVAL: "2000",
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://localhost:4318/v1/metrics",
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "lowmemory",
      OTEL_EXPORTER_PROMETHEUS_HOST: "0.0.0.0",
      OTEL_EXPORTER_PROMETHEUS_PORT: "9999",
      OTEL_METRICS_EXPORTER: "otlp,prometheus",
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://localhost:4318/v1/logs",
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/protobuf",
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: "7",
    });
  });

  it("turns off each signal that it does not name", () => {
    assert.deepEqual(variablesOf('file_format: "1.0"'), {
      OTEL_PROPAGATORS: "none",
      OTEL_TRACES_EXPORTER: "none",
      OTEL_METRICS_EXPORTER: "none",
    });
  });

  for (const [what, text, expected] of [
    ["an unknown key", "tracer_providr: {}", "tracer_providr is not known to limelight/preload"],
    [
      "an unknown key deep inside",
      "tracer_provider: { processors: [{ batch: { exporter: { otlp_http: { endpont: x } } } }] }",
      "tracer_provider.processors[0].batch.exporter.otlp_http.endpont is not known to limelight/preload",
    ],
    [
      "a processor without an exporter",
      "tracer_provider: { processors: [{ batch: }] }",
      "tracer_provider.processors[0].batch.exporter is missing",
    ],
    [
      "a reader without an exporter",
      "meter_provider: { readers: [{ periodic: { interval: 5 } }] }",
      "meter_provider.readers[0].periodic.exporter is missing",
    ],
    [
      "an attribute without a name",
      "resource: { attributes: [{ value: a }] }",
      "resource.attributes[0].name is missing",
    ],
    [
      "a part that the preload does not have",
      "tracer_provider: { processors: [{ batch: { exporter: { otlp_grpc: } } }] }",
      "tracer_provider.processors[0].batch.exporter.otlp_grpc is not known to limelight/preload",
    ],
    [
      "views",
      "meter_provider: { views: [] }",
      "meter_provider.views is not known to limelight/preload",
    ],
    ["a wrong type", "disabled: perhaps", 'disabled must be true or false, not "perhaps"'],
    ["a list in place of a map", "resource: [1]", "resource must be a map of keys"],
    [
      "two keys where one is possible",
      "tracer_provider: { sampler: { always_on: , always_off: } }",
      /^tracer_provider\.sampler must have one key: .*always_on or always_off/,
    ],
    [
      "a parent that is not followed",
      "tracer_provider: { sampler: { parent_based: { local_parent_sampled: { always_off: } } } }",
      "tracer_provider.sampler.parent_based.local_parent_sampled must be always_on: limelight/preload follows the parent",
    ],
    [
      "two endpoints of one signal",
      "logger_provider: { processors: [{ batch: { exporter: { otlp_http: } } }, { batch: { exporter: { otlp_http: } } }] }",
      "logger_provider.processors has two exporters of a kind: limelight/preload has one of each",
    ],
  ] as const) {
    it(`is refused with the key and the file: ${what}`, () => {
      const said = refusal(`file_format: "1.0"\n${text}`);
      if (typeof expected === "string") assert.equal(said, expected);
      else assert.match(said, expected);
    });
  }

  it("is refused when it has no format, another one, or is not YAML", () => {
    assert.match(refusal("disabled: true"), /^file_format is missing/);
    assert.match(refusal('file_format: "2.0"'), /^file_format must be 1\.x, not "2\.0"/);
    assert.match(refusal("a: [1"), /^is not valid YAML: /);
    assert.match(refusal("a: 1\na: 2"), /^is not valid YAML: .*unique/);
    assert.match(refusal("just text"), /^\(the whole file\) must be a map of keys/);
    assert.match(refusal('file_format: "1.0"\ndisabled: ${not closed'), /in braces/);
    assert.match(refusal('file_format: "1.0"\nlog_level: !level info'), /Unresolved tag: !level/);
  });

  it("names a value that contains itself, or is not a number, by its kind", () => {
    assert.equal(
      refusal('file_format: "1.0"\ndisabled: &it [*it]'),
      "disabled must be true or false, not a list",
    );
    assert.equal(
      refusal('file_format: "1.0"\nattribute_limits: { attribute_count_limit: .nan }'),
      "attribute_limits.attribute_count_limit must be a number, not NaN",
    );
    assert.equal(
      refusal('file_format: "1.0"\nattribute_limits: &it { attribute_count_limit: *it }'),
      "attribute_limits.attribute_count_limit must be a number, not a map",
    );
  });

  it("replaces half a surrogate pair, which has no encoding", () => {
    const resource = 'resource: { attributes: [{ name: a, value: "\\uD800b" }] }';

    const variables = variablesOf(`file_format: "1.0"\n${resource}`);

    assert.equal(variables["OTEL_RESOURCE_ATTRIBUTES"], "a=%EF%BF%BDb");
  });

  it("names every problem, up to ten", () => {
    const said = refusal(
      ['file_format: "1.0"', ...Array.from({ length: 12 }, (_, at) => `k${at}:`)].join("\n"),
    );
    assert.match(said, /^k0 is not known .*; k9 is not known .*; 2 more$/);
  });

  it("takes variables into scalars, with their types, and never as structure", () => {
    const text = `
      file_format: "1.0"
      disabled: \${OFF}
      attribute_limits:
        attribute_count_limit: "\${env:COUNT:-32}"
      resource:
        attributes:
          - { name: service.name, value: "\${NAME}" }
          - name: shape
            value: \${INJECTED}
          - { name: price, value: "$$5" }
    `;
    const env = { OFF: "true", NAME: "shop", INJECTED: "{ a: 1 }" };
    assert.throws(() => variablesOf(text, env), /attribute_count_limit must be a number, not "32"/);
    const variables = variablesOf(text.replace('"${env:COUNT:-32}"', "${env:COUNT:-32}"), env);
    assert.equal(variables["OTEL_SDK_DISABLED"], "true");
    assert.equal(variables["OTEL_ATTRIBUTE_COUNT_LIMIT"], "32");
    assert.equal(
      decodeURIComponent(variables["OTEL_RESOURCE_ATTRIBUTES"] ?? ""),
      "service.name=shop,shape={ a: 1 },price=$5",
    );
  });

  it("does not search what it has put in", () => {
    assert.equal(
      substitute("${A}${B:-x$y}", (name) => (name === "A" ? "${B}" : "")),
      "${B}x$y",
    );
  });
});

describe("OTEL_CONFIG_FILE", { concurrency: 2 }, () => {
  const APP = `
    import { createLogger, telemetryStatus, withSpan } from "limelight/telemetry";
    withSpan("work", () => createLogger().info("working"));
    const { state, tracesEndpoint, metricsUrl } = telemetryStatus();
    console.log(JSON.stringify({ state, tracesEndpoint, metricsUrl, variable: process.env.OTEL_EXPORTER_OTLP_ENDPOINT }));
  `;

  it("replaces the standard variables, for each signal", async () => {
    await using receiver = await OtlpReceiver.start();
    const path = file(`
      file_format: "1.0"
      resource: { attributes: [{ name: service.name, value: from-file }] }
      tracer_provider:
        processors: [{ batch: { exporter: { otlp_http: { endpoint: "\${SINK}/v1/traces", encoding: json } } } }]
      logger_provider:
        processors: [{ batch: { exporter: { otlp_http: { endpoint: "\${SINK}/v1/logs", encoding: json } } } }]
    `);
    const app = await PreloadProcess.run({
      esm: APP,
      env: {
        OTEL_CONFIG_FILE: path,
        SINK: receiver.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
        OTEL_METRICS_EXPORTER: "prometheus",
      },
    });

    assert.equal(app.exit.code, 0);
    const status = await app.line("state");
    assert.deepEqual(
      [status["state"], status["tracesEndpoint"], status["metricsUrl"], status["variable"]],
      ["running", `${receiver.url}/v1/traces`, undefined, "http://127.0.0.1:9"],
    );
    assert.deepEqual(
      [...receiver.spans, ...receiver.logs].map(({ resource }) => resource["service.name"]),
      ["from-file", "from-file"],
    );
    const [line] = app.lines;
    assert.deepEqual([line?.["msg"], line?.["service.name"]], ["working", "from-file"]);
    const [warning] = app.diagnostics;
    assert.equal(app.diagnostics.length, 1);
    assert.match(warning?.["msg"], /variables are not followed: OTEL_CONFIG_FILE is set/);
    assert.match(
      JSON.stringify(warning?.["replaced"]),
      /OTEL_METRICS_EXPORTER.*OTEL_EXPORTER_OTLP_ENDPOINT/,
    );
  });

  it("starts no telemetry from a file that it cannot follow, says why, and runs the application", async () => {
    const path = file('file_format: "1.0"\ntracer_provider: { procesors: [] }');
    const app = await PreloadProcess.run({ esm: APP, env: { OTEL_CONFIG_FILE: path } });

    assert.equal(app.exit.code, 0);
    assert.equal((await app.line("state"))["state"], "off");
    const [line] = app.diagnostics;
    assert.equal(line?.["level"], 50);
    for (const part of ["ERR_CONFIG_FILE", path, "tracer_provider.procesors is not known"]) {
      assert.ok(line?.["msg"].includes(part), `${part}: ${app.stderr}`);
    }
  });

  it("says so when there is no such file", async () => {
    const env = { OTEL_CONFIG_FILE: join(folder, "none.yaml") };
    const app = await PreloadProcess.run({ esm: APP, env });

    assert.equal((await app.line("state"))["state"], "off");
    assert.match(app.stderr, /ERR_CONFIG_FILE.*none\.yaml.*cannot be read: ENOENT/);
  });
});
