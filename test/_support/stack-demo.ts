import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Books } from "../../src/index.ts";
import { DemoProcess, type LogLine } from "./demo-process.ts";
import type { Stack } from "./stack.ts";

const root = join(import.meta.dirname, "../..");
const PRELOAD = `--require=${join(root, "src/preload.ts")}`;
/** Requests a second. */
const RATE = 10;

/** What an application is started with that reports to `stack` as in the compose file. */
export function reportingTo({ local }: Stack, service: string): NodeJS.ProcessEnv {
  return {
    NODE_OPTIONS: PRELOAD,
    OTEL_SERVICE_NAME: service,
    OTEL_RESOURCE_ATTRIBUTES: "service.instance.id=app-1",
    OTEL_EXPORTER_OTLP_ENDPOINT: local.url("otlpHttp"),
    OTEL_METRICS_EXPORTER: "otlp",
    OTEL_METRIC_EXPORT_INTERVAL: "1000",
  };
}

/** The demo, reporting to `stack` as `service`. */
export function openDemo(
  stack: Stack,
  service: string,
  ...options: readonly string[]
): Promise<DemoProcess> {
  const logFile = `--log-file=${join(stack.local.logFolder, `${service}.ndjson`)}`;
  return DemoProcess.open(
    ["--no-load", "--seed=7", logFile, ...options],
    reportingTo(stack, service),
  );
}

/** What the load generator says it has seen when it is done. */
export async function putUnderLoad(url: string, seconds: number): Promise<LogLine> {
  const file = join(root, "src/demo/load/load-generator.ts");
  const args = [file, `--url=${url}`, `--rate=${RATE}`, `--duration=${seconds}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(child, "close");
  return JSON.parse(said) as LogLine;
}

/** The books that the demo closes with. */
export async function closeDemo(demo: DemoProcess): Promise<Books> {
  demo.signal("SIGTERM");
  const line = await demo.line("demo stopped");
  await demo.ended;
  return line["books"] as Books;
}
