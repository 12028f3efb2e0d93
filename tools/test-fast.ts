import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";

// Runs the tests of `npm test` that are quick and need no process but their own: the inner loop. Further
// arguments go to `node --test`.

/** Folders of quick tests. A file in them that starts processes or threads, itself or through a helper, is left out. */
const FOLDERS =
  "actor,base,http,monitor,store,supervision,telemetry,terminal,testing,viewer-model,wire";
/** Tests of thousands of random scenarios, or of minutes on a manual clock. */
const LONG = /properties|back-offs/;

const STARTS = /\bfrom "node:(?:child_process|cluster)"|\bnew Worker\(/;
const IMPORTS = /\bfrom "(\.[^"]+)"/g;

const root = join(import.meta.dirname, "..");
const starts = new Map<string, boolean>();

/** Whether `file`, or a helper in `test/` that it imports, starts processes or threads. */
function startsProcesses(file: string): boolean {
  const known = starts.get(file);
  if (known !== undefined) return known;
  starts.set(file, false); // ends a circle of imports
  const text = readFileSync(join(root, file), "utf8");
  const imported = Array.from(text.matchAll(IMPORTS), ([, path = ""]) => join(dirname(file), path));
  const helpers = imported.filter((helper) => helper.startsWith("test/"));
  const found = STARTS.test(text) || helpers.some(startsProcesses);
  starts.set(file, found);
  return found;
}

const all = globSync(`test/{${FOLDERS}}/**/*.test.ts`, { cwd: root });
const files = all.filter((file) => !LONG.test(file) && !startsProcesses(file));
const concurrency = `--test-concurrency=${Math.max(2, availableParallelism())}`;
const { status } = spawnSync(
  process.execPath,
  [
    "--test",
    "--import",
    "./test/_support/end-process.ts",
    "--test-timeout=600000",
    concurrency,
    ...process.argv.slice(2),
    ...files,
  ],
  {
    cwd: root,
    stdio: "inherit",
    // Half of the time of a short test file is stripping types and compiling.
    env: { ...process.env, NODE_COMPILE_CACHE: join(root, "node_modules/.cache/compiled-tests") },
  },
);
process.exitCode = status ?? 1;
