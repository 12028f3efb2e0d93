import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { Format, NODES, nodeOf, Project, type ProjectOptions } from "../_support/matrix-project.ts";

const SDK_2 = [
  "@opentelemetry/sdk-node@0.223.0",
  "@opentelemetry/sdk-metrics@2.12.0",
  "@opentelemetry/api@1.9.1",
];
const SDK_3 = [
  "@opentelemetry/sdk-node@0.301.0",
  "@opentelemetry/sdk-metrics@3.1.0",
  "@opentelemetry/api@1.10.0",
];
const PROJECTS: readonly (ProjectOptions & { readonly sdk: string })[] = [
  { sdk: "SDK 2.x", name: "npm-sdk-2", manager: "npm", packages: SDK_2 },
  { sdk: "SDK 3.x", name: "npm-sdk-3", manager: "npm", packages: SDK_3 },
  { sdk: "SDK 2.x", name: "pnpm-sdk-2", manager: "pnpm", packages: SDK_2 },
  { sdk: "SDK 3.x", name: "pnpm-sdk-3", manager: "pnpm", packages: SDK_3 },
];
const MODULES = {
  limelight: "limelight",
  telemetry: "limelight/telemetry",
  api: "@opentelemetry/api",
  sdk: "@opentelemetry/sdk-node",
  metrics: "@opentelemetry/sdk-metrics",
};

for (const options of PROJECTS) {
  describe(`an application with ${options.sdk}, installed by ${options.manager}`, () => {
    let project: Project;
    before(async () => {
      project = await Project.create(options);
    });

    for (const version of NODES) {
      for (const format of Object.values(Format)) {
        it(`gets spans, metrics and trace ids on Node ${version} as ${format}`, async () => {
          const main = project.writeMain("own-sdk.cjs", format, MODULES);

          const { stdout } = await project.run(await nodeOf(version), [main]);

          assert.deepEqual(JSON.parse(stdout), {
            spans: [
              "ask desk.order",
              "ask greeter.greet",
              "desk.order",
              "greeter.greet",
              "request",
            ],
            started: 2,
            handled: 2,
            logged: true,
            warnings: [],
          });
        });
      }
    }
  });
}

/**
 * npm also installs a newer copy of the API beside an older one, for instance when another package asks for it.
 * The copy is moved below limelight here, where limelight and its own packages then find it.
 */
describe("an application with SDK 2.x where limelight has a newer copy of the API of its own", () => {
  let project: Project;
  before(async () => {
    const packages = [...SDK_2, "newer-api@npm:@opentelemetry/api@1.10.0"];
    project = await Project.create({ name: "npm-two-copies", manager: "npm", packages });
    project.nest("newer-api", "@opentelemetry/api");
  });

  it("has two copies", () => {
    const files = globSync(
      "node_modules/{,limelight/node_modules/}@opentelemetry/api/package.json",
      {
        cwd: project.directory,
      },
    );
    const versions = files.map(
      (file) => JSON.parse(readFileSync(join(project.directory, file), "utf8")).version,
    );

    assert.deepEqual(versions.toSorted(), ["1.10.0", "1.9.1"]);
  });

  for (const version of NODES) {
    for (const format of Object.values(Format)) {
      it(`gets spans, metrics and trace ids on Node ${version} as ${format}`, async () => {
        const main = project.writeMain("own-sdk.cjs", format, MODULES);

        const { stdout } = await project.run(await nodeOf(version), [main]);

        const { spans, ...rest } = JSON.parse(stdout);
        assert.equal(spans.length, 5);
        assert.deepEqual(rest, { started: 2, handled: 2, logged: true, warnings: [] });
      });
    }
  }
});
