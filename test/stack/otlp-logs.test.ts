import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { collectorArgs, collectorFolder, logFolder } from "../../tools/stack/stack-config.ts";
import { DEFAULT_PORTS, type StackPorts } from "../../tools/stack/stack-ports.ts";
import { StackProcess } from "../../tools/stack/stack-process.ts";
import { Tool } from "../../tools/stack/tool-paths.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import type { ReceivedLog } from "../_support/preload-otlp-json.ts";
import { PreloadProcess } from "../_support/preload-process.ts";
import { freePort } from "../_support/stack-program.ts";

/** Writes lines of several kinds, in a trace, and ends. */
const APP = `
  import { createSystem, defineActor } from "limelight";
  import { createLogger, withSpan } from "limelight/telemetry";
  const log = createLogger({ serviceName: "shop" });
  const actor = defineActor("basket", {
    handlers: { add(c, item) { c.log.warn({ item, sizes: [1, 2.5], on: true }, "added"); } },
  });
  const system = createSystem({ logger: log });
  await withSpan("request", () => system.spawn(actor).ask.add("apple"));
  await system.shutdown();
  log.info("the end");
`;

/** The repository's collector, whose logs a receiver takes in place of VictoriaLogs. */
class CollectorWorld implements AsyncDisposable {
  readonly sink: OtlpReceiver;
  readonly ports: StackPorts;
  readonly #folder = mkdtempSync(join(tmpdir(), "limelight-otlp-logs-"));
  #collector: StackProcess | undefined;

  private constructor(sink: OtlpReceiver, ports: StackPorts) {
    this.sink = sink;
    this.ports = ports;
  }

  static async start(): Promise<CollectorWorld> {
    const sink = await OtlpReceiver.start();
    const entries = Object.keys(DEFAULT_PORTS).map(async (name) => [name, await freePort()]);
    const ports = Object.fromEntries(await Promise.all(entries)) as StackPorts;
    const victoriaLogs = Number(new URL(sink.url).port);
    const world = new CollectorWorld(sink, { ...ports, victoriaLogs });
    await world.#start();
    return world;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.ports.otlpHttp}`;
  }

  /** Appends lines to a file that the collector reads. */
  write(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\n`).join("");
    appendFileSync(join(logFolder(this.#place), "app.ndjson"), text);
  }

  /** The records that have arrived, once one with this body is among them. */
  async until(body: string): Promise<readonly ReceivedLog[]> {
    const found = (record: ReceivedLog): boolean => record.body === body;
    await this.sink.until(`record ${body}`, () => this.sink.logs.find(found));
    return this.sink.logs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#collector?.stop(10_000);
    await this.sink[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }

  get #place() {
    return { folder: this.#folder, ports: this.ports, intervalS: 1 };
  }

  async #start(): Promise<void> {
    mkdirSync(logFolder(this.#place));
    mkdirSync(collectorFolder(this.#place));
    const { args, environment } = collectorArgs(this.#place);
    const json = "--config=yaml:exporters::otlp_http/victorialogs::encoding: json";
    this.#collector = new StackProcess(Tool.Collector, [...args, json], { environment });
    await this.#collector.ready(`http://127.0.0.1:${this.ports.collectorHealth}`);
  }
}

const QUIET = { OTEL_METRICS_EXPORTER: "none" };

function run(env: NodeJS.ProcessEnv) {
  return PreloadProcess.run({ esm: APP, env: { ...QUIET, ...env } });
}

/** What has to be the same, whichever way a line came. */
function shown(record: ReceivedLog): object {
  const {
    "log.file.name": _file,
    "log.file.record_number": _line,
    ...attributes
  } = record.attributes;
  const { actor_id: _id, ...others } = attributes;
  const { body, severityNumber, severityText, eventName, traceId, spanId } = record;
  const ids = [traceId?.length, spanId?.length];
  const { "service.name": service } = record.resource;
  return { body, severityNumber, severityText, eventName, ids, service, attributes: others };
}

describe("log lines that a collector gets by OTLP and in files", () => {
  it("arrive once each", async () => {
    await using world = await CollectorWorld.start();
    const app = await run({
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_ENDPOINT: world.endpoint,
      OTEL_TRACES_EXPORTER: "none",
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/protobuf",
    });
    assert.deepEqual([app.exit.code, app.stderr], [0, ""]);

    // The file is read in order: once its last line is there, the marked ones before it have been read.
    world.write([...app.stdout, '{"level":30,"time":1,"msg":"from the file alone"}']);
    await world.until("from the file alone");
    const records = await world.until("the end");

    assert.deepEqual(
      records.map(({ body }) => body).sort(),
      [...app.lines.map((line) => line["msg"]), "from the file alone"].sort(),
    );
  });

  it("are the same record either way", async () => {
    await using world = await CollectorWorld.start();
    const sent = await run({
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_ENDPOINT: world.endpoint,
    });
    const byOtlp = [...(await world.until("the end"))];
    world.sink.logs.length = 0;
    const written = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: world.endpoint });
    world.write(written.stdout);
    const byFile = await world.until("the end");

    assert.deepEqual([sent.stderr, written.stderr], ["", ""]);
    assert.ok(byOtlp.length > 3);
    assert.deepEqual(byOtlp.map(shown), byFile.map(shown));
  });
});
