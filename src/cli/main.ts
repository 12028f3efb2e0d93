#!/usr/bin/env node
import { nodeVersionProblem } from "../base/node/node-version.ts";

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Not a static import: it would fail on an old Node before the version check could report the reason.
  const { runCommandLine } = await import("./command-line.ts");
  process.exitCode = await runCommandLine(process.argv.slice(2));
} else {
  console.error(problem);
  process.exitCode = 1;
}
