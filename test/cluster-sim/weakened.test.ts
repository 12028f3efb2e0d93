import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { WEAKENINGS } from "./weakenings.ts";

const run = promisify(execFile);
/** Seeds in which the fault must be found, unless the weakening needs more. */
const SEEDS = 40;

describe("the simulation of clusters", { concurrency: 2 }, () => {
  for (const { name, breaks, within = SEEDS } of WEAKENINGS) {
    it(`finds a build with ${name} within ${within} seeds`, async () => {
      const hooks = join(import.meta.dirname, "weaken-hooks.ts");
      const program = join(import.meta.dirname, "run-weakened.ts");
      const { stdout } = await run(process.execPath, ["--import", hooks, program, String(within)], {
        env: { ...process.env, LIMELIGHT_WEAKENING: name },
      });

      const { found, broken } = JSON.parse(stdout) as {
        readonly found?: number;
        readonly broken: Readonly<Record<string, number>>;
      };
      assert.ok(found !== undefined, `none of ${breaks.join(", ")} in ${within} seeds: ${stdout}`);
      assert.ok(breaks.some((rule) => (broken[rule] ?? 0) > 0));
    });
  }
});
