#!/usr/bin/env node
import { nodeVersionProblem } from "../base/node-version.ts";

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Not imported above: an old Node would fail on it before it could say why.
  const { runCommandLine } = await import("./command-line.ts");
  process.exitCode = await runCommandLine(process.argv.slice(2));
} else {
  console.error(problem);
  process.exitCode = 1;
}
