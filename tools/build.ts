import { type ChildProcess, spawn } from "node:child_process";
import { globSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
/** Written after a complete build. Outside of `dist`, which is published. */
const MARK = join(ROOT, "node_modules/.cache/limelight/built");
/** Files of each step, without which a build is not complete. */
const RESULTS = [
  "dist/index.d.ts",
  "dist/lib/index.js",
  "dist/cli/main.js",
  "dist/page/index.html",
  "dist/terminal/top.js",
];
/** Everything that a build depends on. Folders count too: their time changes when a file is removed. */
const SOURCES = [
  "src/**",
  "tools/build*.ts",
  "tools/bundle/**",
  "tsconfig*.json",
  "package.json",
  "package-lock.json",
];

const STEPS: readonly (readonly string[])[] = [
  ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"],
  ["tools/build-package.ts"],
  ["tools/build-page.ts"],
  ["tools/build-terminal.ts"],
];

let step: ChildProcess | undefined;

/** Stops the build that is running, if one is. */
export function stopBuild(signal: NodeJS.Signals): void {
  step?.kill(signal);
}

/**
 * Builds `dist` from scratch.
 *
 * @returns whether all steps have succeeded
 * @throws {@link Error} Node's, when a step cannot be started
 */
export async function build(): Promise<boolean> {
  rmSync(MARK, { force: true });
  rmSync(join(ROOT, "dist"), { recursive: true, force: true });
  const startedAt = new Date();
  for (const args of STEPS) {
    if (!(await run(args))) return false;
  }
  mkdirSync(dirname(MARK), { recursive: true });
  // The start of the build: a file saved during it is newer.
  writeFileSync(MARK, startedAt.toISOString());
  return true;
}

/** Returns whether `dist` is complete and newer than all it is built from. */
export function isBuilt(): boolean {
  const results = RESULTS.map((file) => modifiedMs(join(ROOT, file)));
  const markedMs = modifiedMs(MARK);
  if (markedMs === undefined || results.includes(undefined)) return false;
  const sources = globSync(SOURCES, { cwd: ROOT });
  return sources.every((file) => (modifiedMs(join(ROOT, file)) ?? 0) < markedMs);
}

function run(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    step = spawn(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
    step.once("error", reject);
    step.once("close", (code) => resolve(code === 0));
  });
}

function modifiedMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

if (import.meta.main && !(await build())) process.exitCode = 1;
