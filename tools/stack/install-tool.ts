import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { buildGoProgram, run } from "./go-program.ts";
import { GO_PROGRAMS } from "./go-programs.ts";
import { COLLECTOR_MANIFEST, Tool, toolCache, toolPath } from "./tool-paths.ts";
import { StackVersion } from "./versions.ts";

/** Builds the collector of just the components that its configuration names. */
function buildCollector(folder: string): void {
  const builder = `go.opentelemetry.io/collector/cmd/builder@v${StackVersion.collector}`;
  run("go", ["install", builder], folder);
  run(join(folder, "builder"), ["--config", COLLECTOR_MANIFEST], folder);
  copyFileSync(join(folder, "_build", Tool.Collector), join(folder, Tool.Collector));
}

/**
 * Installs the program `path`, unless it is there already.
 *
 * @param build makes the program in the folder that it gets, under the name that `path` ends with. It is moved into
 *   place in one step: half a program is never found there
 */
export function installProgram(path: string, build: (folder: string) => void): void {
  const startedMs = performance.now();
  const found = existsSync(path);
  if (!found) installAside(path, build);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  process.stdout.write(`${path}: ${found ? "there already" : `installed in ${seconds} s`}\n`);
}

function installAside(path: string, build: (folder: string) => void): void {
  mkdirSync(toolCache, { recursive: true });
  const folder = mkdtempSync(join(toolCache, "building-"));
  try {
    build(folder);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(join(folder, basename(path)), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds `tool` into the cache, unless it is there already. */
export function installTool(tool: Tool): void {
  installProgram(toolPath(tool), (folder) => {
    if (tool === Tool.Collector) buildCollector(folder);
    else buildGoProgram(GO_PROGRAMS[tool], folder, tool);
  });
}
