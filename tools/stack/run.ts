import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { serveDashboards } from "../viewer/serve-dashboards.ts";
import { DemoApp, reportingEnvironment } from "./demo-app.ts";
import { LocalStack } from "./local-stack.ts";
import { DEFAULT_PORTS } from "./stack-ports.ts";

// `npm run stack`: what `docker compose up` starts, without Docker and without Grafana: collector, Prometheus, Jaeger,
// VictoriaLogs and the demo as plain processes, and a page that shows the dashboards. Ctrl-C stops all.

const HELP = `npm run stack -- [options] [-- options of the demo]

  --no-demo          only the stack, for an application of yours
  --folder <path>    keep the data here; without it they go with the stack
  --interval <s>     seconds between two looks at metrics (5)
  --page-port <n>    port of the dashboards' page (3000)
`;
const DASHBOARDS = join(import.meta.dirname, "../../grafana/dashboards");

const { values, positionals } = parseArgs({
  allowNegative: true,
  allowPositionals: true,
  options: {
    demo: { type: "boolean", default: true },
    folder: { type: "string" },
    interval: { type: "string", default: "5" },
    "page-port": { type: "string", default: "3000" },
    help: { type: "boolean", short: "h", default: false },
  },
});

/** Parses a number of the command line. */
function readNumber(option: "interval" | "page-port", min: number, max: number): number {
  const value = Number(values[option]);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${option} has to be a whole number from ${min} to ${max}`);
}

/** Checks that all ports are free before anything is started. */
async function requireFreePorts(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const probe = createServer().listen({ port, host: "127.0.0.1", exclusive: true });
    try {
      await once(probe, "listening");
    } catch (error) {
      throw new Error(`port ${port} of 127.0.0.1 cannot be had`, { cause: error });
    }
    probe.close();
    await once(probe, "close");
  }
}

/** Returns the text printed once everything is running. */
function startText(stack: LocalStack, pageUrl: string): string {
  const environment = Object.entries(reportingEnvironment(stack)).map(
    ([name, value]) => `           ${name}=${value} \\\n`,
  );
  return `
dashboards    ${pageUrl}
demo          ${values.demo ? "http://127.0.0.1:8080" : "not started"}
Prometheus    ${stack.url("prometheus")}
Jaeger        ${stack.url("jaeger")}/api
VictoriaLogs  ${stack.url("victoriaLogs")}/select/vmui/
log files     ${stack.logFolder}/*.ndjson

An application of yours reports here with
${environment.join("")}           node --require limelight/preload app.js > ${stack.logFolder}/mine.ndjson

Ctrl-C stops all.
`;
}

async function run(): Promise<void> {
  const intervalS = readNumber("interval", 1, 3_600);
  const pagePort = readNumber("page-port", 0, 65_535);
  const demoPorts = values.demo ? [8_080] : [];
  await requireFreePorts([...Object.values(DEFAULT_PORTS), ...demoPorts]);
  const folder =
    values.folder === undefined
      ? mkdtempSync(join(tmpdir(), "limelight-stack-"))
      : resolve(values.folder);
  mkdirSync(folder, { recursive: true });
  const { promise: stopped, resolve: stop } = Promise.withResolvers<string>();
  // Handlers stay registered: a second Ctrl-C would otherwise end this process and leave the others running.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(signal));
  try {
    const place = { folder, ports: DEFAULT_PORTS, intervalS };
    await using stack = await LocalStack.start(place, { detached: true });
    await using viewer = await serveDashboards({
      port: pagePort,
      folder: DASHBOARDS,
      prometheusUrl: stack.url("prometheus"),
      jaegerUrl: stack.url("jaeger"),
      victoriaLogsUrl: stack.url("victoriaLogs"),
      everyS: intervalS,
    });
    await using demo = values.demo ? new DemoApp(stack, positionals) : undefined;
    process.stdout.write(startText(stack, viewer.url));
    const ended = demo?.ended().then((code) => `the demo has ended with ${code}`);
    const reason = await Promise.race([stopped, ...(ended === undefined ? [] : [ended])]);
    process.stdout.write(`stopping: ${reason}\n`);
    if (values.folder !== undefined) {
      await demo?.[Symbol.asyncDispose]();
      await stack.stopAll();
    }
  } finally {
    if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

if (values.help) {
  process.stdout.write(HELP);
} else {
  try {
    await run();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
