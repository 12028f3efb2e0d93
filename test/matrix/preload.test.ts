import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { Format, NODES, nodeOf, Project, type ProjectOptions } from "../_support/matrix-project.ts";

const PROJECTS: readonly ProjectOptions[] = [
  { name: "npm-api-1.9", manager: "npm", packages: ["@opentelemetry/api@1.9.1"] },
  { name: "npm-api-1.10", manager: "npm", packages: ["@opentelemetry/api@1.10.0"] },
  { name: "pnpm-api-1.9", manager: "pnpm", packages: ["@opentelemetry/api@1.9.1"] },
  { name: "pnpm-api-1.10", manager: "pnpm", packages: ["@opentelemetry/api@1.10.0"] },
];
const MODULES = {
  limelight: "limelight",
  telemetry: "limelight/telemetry",
  api: "@opentelemetry/api",
};
const FLAG = { [Format.Esm]: "--import", [Format.CommonJs]: "--require" };

for (const options of PROJECTS) {
  describe(`the preload with ${options.packages.join()}, installed by ${options.manager}`, () => {
    let project: Project;
    before(async () => {
      project = await Project.create(options);
    });

    for (const version of NODES) {
      for (const format of Object.values(Format)) {
        it(`records spans, metrics and trace ids on Node ${version} as ${format}`, async () => {
          const main = project.writeMain("preloaded.cjs", format, MODULES);
          const env = { OTEL_TRACES_EXPORTER: "console", OTEL_EXPORTER_PROMETHEUS_PORT: "0" };

          const args = [FLAG[format], "limelight/preload", main];
          const { stdout, stderr } = await project.run(await nodeOf(version), args, env);

          const answer = stdout.split("\n").find((line) => line.startsWith('{"traceId"')) ?? "{}";
          const { traceId, ...rest } = JSON.parse(answer);
          assert.deepEqual(rest, { started: "1", logged: true, warnings: [] }, stderr);
          const exported = stdout.split(`\n  traceId: '${traceId}'`).length - 1;
          assert.equal(exported, 3, "the request, the ask and the handler");
          assert.equal(stderr, "");
        });
      }
    }
  });
}
