import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildGoProgram, type GoProgram, run } from "./go-program.ts";
import { Tool, toolCache, toolFolder, toolPath } from "./tool-paths.ts";
import { StackVersion } from "./versions.ts";

// `npm run tools`: builds the stack's programs from the Go module proxy, each at its version, into a cache outside of
// the repository. What is there already stays. Needs Go 1.26; from nothing it takes some minutes.

const MANIFEST = join(import.meta.dirname, "../../collector/builder.yaml");

/** Module versions of Prometheus are v0.300 for 3.0. Its service discoveries, none of which we use, are most of it. */
function prometheusProgram(command: string): GoProgram {
  const [, minor, patch] = StackVersion.prometheus.split(".");
  return {
    module: "github.com/prometheus/prometheus",
    version: `v0.3${minor?.padStart(2, "0")}.${patch}`,
    command,
    replace: { "cloud.google.com/go": "cloud.google.com/go v0.123.0" },
    tags: ["netgo", "remove_all_sd"],
  };
}

/** How each program is built in an empty folder. */
const BUILD: Readonly<Record<Tool, (folder: string) => void>> = {
  [Tool.Collector](folder) {
    const builder = `go.opentelemetry.io/collector/cmd/builder@v${StackVersion.collector}`;
    run("go", ["install", builder], folder);
    run(join(folder, "builder"), ["--config", MANIFEST], folder);
    copyFileSync(join(folder, "_build", Tool.Collector), join(folder, Tool.Collector));
  },
  [Tool.Prometheus](folder) {
    buildGoProgram(prometheusProgram("cmd/prometheus"), folder, Tool.Prometheus);
  },
  [Tool.Promtool](folder) {
    buildGoProgram(prometheusProgram("cmd/promtool"), folder, Tool.Promtool);
  },
};

/** Builds `tool` aside and moves it into place in one step: half a program is never found there. */
function install(tool: Tool): void {
  const folder = mkdtempSync(join(toolCache, "building-"));
  try {
    BUILD[tool](folder);
    mkdirSync(toolFolder(tool), { recursive: true });
    renameSync(join(folder, tool), toolPath(tool));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

mkdirSync(toolCache, { recursive: true });
for (const tool of Object.values(Tool)) {
  const startedMs = performance.now();
  const found = existsSync(toolPath(tool));
  if (!found) install(tool);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  process.stdout.write(`${toolPath(tool)}: ${found ? "there already" : `built in ${seconds} s`}\n`);
}
