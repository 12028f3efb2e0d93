import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { compilerOf, Project } from "../_support/matrix-project.ts";

const TYPES = "@types/node@24.19.2";
const PROGRAM = `
import { createSystem, defineActor } from "limelight";
import { createConsole } from "limelight/console";
import { stopTelemetry } from "limelight/preload";
import { metricProducer, withSpan } from "limelight/telemetry";

const account = defineActor("account", {
  state: () => ({ balance: 0 }),
  handlers: {
    deposit(c, amount: number) {
      c.state.balance += amount;
      return c.state.balance;
    },
  },
});
const system = createSystem();
const alice = system.spawn(account, { name: "alice" });
const balance: number = await withSpan("deposit", () => alice.ask.deposit(10));
// @ts-expect-error: an amount is a number
alice.tell.deposit("10");
export const parts = [balance, metricProducer(), await createConsole(system), await stopTelemetry()];
`;
const TESTING = `
import { inMemoryTelemetry, ManualClock } from "limelight/testing";
export const parts = [inMemoryTelemetry().spans(), new ManualClock()];
`;

const COMPILERS = {
  "1.9.1": [
    ["5.8.3", "nodenext"],
    ["7.0.2", "preserve"],
  ],
  "1.10.0": [
    ["5.8.3", "preserve"],
    ["5.9.3", "nodenext"],
    ["7.0.2", "nodenext"],
  ],
} as const;

for (const [api, compilers] of Object.entries(COMPILERS)) {
  describe(`a strict TypeScript program with @opentelemetry/api ${api}`, () => {
    let project: Project;
    before(async () => {
      const packages = [`@opentelemetry/api@${api}`, TYPES];
      project = await Project.create({ name: `npm-types-${api}`, manager: "npm", packages });
      writeFileSync(join(project.directory, "program.mts"), PROGRAM);
      writeFileSync(join(project.directory, "testing.mts"), TESTING);
    });

    for (const [version, module] of compilers) {
      it(`compiles with TypeScript ${version} and module ${module}`, async () => {
        const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
        const target = ["--target", "es2024", "--types", "node", "--noEmit", "--module", module];
        // The types of the testing entry name those of SDK 3.x, which need API 1.10.
        const files = api === "1.9.1" ? ["program.mts"] : ["program.mts", "testing.mts"];
        const args = [await compilerOf(version), ...strict, ...target, ...files];

        const problem = await project.run(process.execPath, args).then(
          () => "",
          (error: { readonly stdout: string }) => error.stdout,
        );

        assert.equal(problem, "");
      });
    }
  });
}
