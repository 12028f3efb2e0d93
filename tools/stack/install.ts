import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildGoProgram, run } from "./go-program.ts";
import { GO_PROGRAMS } from "./go-programs.ts";
import { COLLECTOR_MANIFEST, Tool, toolCache, toolFolder, toolPath } from "./tool-paths.ts";
import { StackVersion } from "./versions.ts";

// `npm run tools`: builds the stack's programs from the Go module proxy, each at its version, into a cache outside of
// the repository. What is there already stays. Needs Go 1.26; from nothing it takes about 20 minutes on two cores.

/** Builds the collector of just the components that its configuration names. */
function buildCollector(folder: string): void {
  const builder = `go.opentelemetry.io/collector/cmd/builder@v${StackVersion.collector}`;
  run("go", ["install", builder], folder);
  run(join(folder, "builder"), ["--config", COLLECTOR_MANIFEST], folder);
  copyFileSync(join(folder, "_build", Tool.Collector), join(folder, Tool.Collector));
}

/** Builds `tool` aside and moves it into place in one step: half a program is never found there. */
function install(tool: Tool): void {
  const folder = mkdtempSync(join(toolCache, "building-"));
  try {
    if (tool === Tool.Collector) buildCollector(folder);
    else buildGoProgram(GO_PROGRAMS[tool], folder, tool);
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
