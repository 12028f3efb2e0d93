import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/*
 * What it costs a process to load the built package (`npm run build`), beside bare Node and a bare NodeSDK with the same
 * exporters as the preload's default. Each process is new; rounds are interleaved, and every second one is reversed.
 */

const ROUNDS = Number(process.argv[2] ?? 11);
const ROOT = join(import.meta.dirname, "..");
const dist = (name: string): string => pathToFileURL(join(ROOT, "dist", name)).href;

if (!existsSync(join(ROOT, "dist/index.js"))) throw new Error("not built: npm run build");

/** Says what the process has used, in milliseconds of CPU and wall time and in bytes. */
const REPORT = `
  process.once("exit", () => {
    const { user, system } = process.cpuUsage();
    const figures = [(user + system) / 1_000, performance.now(), process.memoryUsage().rss];
    require("node:fs").writeSync(1, JSON.stringify(figures));
  });
`;
const NODE_SDK = `
  const { NodeSDK } = require("@opentelemetry/sdk-node");
  const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-http");
  const { PrometheusExporter } = require("@opentelemetry/exporter-prometheus");
  const readers = [new PrometheusExporter({ port: 0 })];
  new NodeSDK({ traceExporter: new OTLPTraceExporter(), metricReaders: readers, instrumentations: [] }).start();
`;

interface Subject {
  readonly flags?: readonly string[];
  readonly program?: string;
}

const BARE = "bare Node";
const SUBJECTS: ReadonlyMap<string, Subject> = new Map([
  [BARE, {}],
  ["its dependencies alone", { program: `require("@opentelemetry/api"); require("pino");` }],
  ["limelight", { program: `require(${JSON.stringify(join(ROOT, "dist/index.js"))});` }],
  ["limelight/client", { program: `require(${JSON.stringify(join(ROOT, "dist/client.js"))});` }],
  ["bare NodeSDK, started", { program: NODE_SDK }],
  ["limelight/preload, started", { flags: ["--import", dist("preload.js")] }],
  [
    "limelight/preload and limelight",
    {
      flags: ["--import", dist("preload.js")],
      program: `require(${JSON.stringify(join(ROOT, "dist/index.js"))});`,
    },
  ],
]);

type Figures = readonly [cpuMs: number, wallMs: number, rssBytes: number];

function measure({ flags = [], program = "" }: Subject): Figures {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, "--eval", `${REPORT} ${program} process.exit(0);`],
    {
      cwd: ROOT,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        OTEL_EXPORTER_PROMETHEUS_PORT: "0",
      },
      encoding: "utf8",
    },
  );
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Figures;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const found = new Map([...SUBJECTS.keys()].map((name) => [name, [] as Figures[]]));
for (let round = 0; round < ROUNDS; round += 1) {
  const order = [...SUBJECTS];
  for (const [name, subject] of round % 2 === 0 ? order : order.toReversed()) {
    found.get(name)?.push(measure(subject));
  }
}
const medians = new Map(
  [...found].map(([name, all]) => [
    name,
    [0, 1, 2].map((at) => median(all.map((figures) => figures[at] ?? 0))),
  ]),
);
const [bareCpu = 0, bareWall = 0, bareRss = 0] = medians.get(BARE) ?? [];
console.log(`medians of ${ROUNDS} interleaved rounds on Node ${process.version}, above bare Node`);
console.log(
  `(bare Node: ${bareCpu.toFixed(0)} ms CPU, ${bareWall.toFixed(0)} ms, ${(bareRss / 1_048_576).toFixed(0)} MiB)`,
);
console.log(`${"".padEnd(34)} CPU ms   wall ms   MiB`);
for (const [name, [cpu = 0, wall = 0, rss = 0]] of medians) {
  if (name === BARE) continue;
  const cells = [cpu - bareCpu, wall - bareWall, (rss - bareRss) / 1_048_576];
  const [first, second, third] = cells.map((cell) => cell.toFixed(0).padStart(7));
  console.log(`${name.padEnd(34)} ${first}  ${second}  ${third}`);
}
