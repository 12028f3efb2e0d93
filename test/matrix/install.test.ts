import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import {
  Format,
  installOutput,
  NODES,
  nodeOf,
  OLD_NODE,
  Project,
} from "../_support/matrix-project.ts";

const ENTRIES = ["limelight", "limelight/console", "limelight/telemetry", "limelight/testing"];
const OPTIONAL = ["@modelcontextprotocol/server", "pino-pretty", "zod"];
const MAX_PACKAGES = 32;

describe("limelight alone in a project", () => {
  let project: Project;
  before(async () => {
    project = await Project.create({ name: "npm-alone", manager: "npm", packages: [] });
  });

  for (const version of NODES) {
    it(`is installed by npm on Node ${version} without a warning`, async () => {
      const output = await installOutput(await nodeOf(version));

      assert.doesNotMatch(output, /warn|error/i);
    });
  }

  it("brings few packages, and none of those that are optional", () => {
    const pattern = "node_modules/{*,@*/*}/package.json";
    const packages = globSync(pattern, { cwd: project.directory }).map((file) =>
      file.slice("node_modules/".length, -"/package.json".length),
    );

    assert.ok(packages.length <= MAX_PACKAGES, packages.join());
    assert.deepEqual(
      OPTIONAL.filter((name) => packages.includes(name)),
      [],
    );
  });

  for (const version of NODES) {
    it(`has every entry, for import and require, on Node ${version}`, async () => {
      const node = await nodeOf(version);
      const imports = ENTRIES.map((entry) => `await import("${entry}");`).join("");
      const requires = ENTRIES.map((entry) => `require("${entry}");`).join("");

      await project.run(node, ["--input-type=module", "-e", imports]);
      await project.run(node, ["-e", requires]);
    });
  }

  it("runs its demo with JSON lines, and says how to get readable ones", async () => {
    const cli = "node_modules/limelight/dist/cli/main.js";
    const load = ["--rate", "20", "--duration", "1", "--exit-after-load"];
    const args = [cli, "demo", "--pretty", "--port", "0", "--console-port", "0", ...load];
    const env = { OTEL_TRACES_EXPORTER: "none", OTEL_EXPORTER_PROMETHEUS_PORT: "0" };

    const { stdout, stderr } = await project.run(process.execPath, args, env);

    const lines = stdout.trim().split("\n");
    assert.equal(JSON.parse(lines.at(-1) ?? "{}").msg, "demo stopped");
    assert.equal(stderr.split("npm install pino-pretty").length, 2, stderr);
  });

  it("answers assistants with the command that installs what it lacks", async () => {
    const main = project.writeMain("console.cjs", Format.Esm, {
      limelight: "limelight",
      consoles: "limelight/console",
    });

    const { stdout } = await project.run(process.execPath, [main]);

    const { page, api, document, mcp } = JSON.parse(stdout);
    assert.deepEqual([page.status, api.status, document.status, mcp.status], [200, 200, 200, 501]);
    assert.match(mcp.text, /ERR_CONSOLE_NO_MCP.*npm install @modelcontextprotocol\/server/);
  });
});

describe("a Node that is too old", () => {
  const MESSAGE = /^LimelightError: limelight needs Node 22\.15 or newer, this is 20\.20\.2/gm;
  let project: Project;
  let node: string;
  before(async () => {
    project = await Project.create({ name: "npm-alone", manager: "npm", packages: [] });
    node = await nodeOf(OLD_NODE);
  });

  const failure = async (args: readonly string[]): Promise<string> => {
    const ended = await project.run(node, args).then(
      () => ({ stderr: "it ran" }),
      (error: { readonly stderr: string }) => error,
    );
    return ended.stderr;
  };

  const programs = ENTRIES.flatMap((entry) => [
    ["--input-type=module", "-e", `await import("${entry}");`],
    ["-e", `require("${entry}");`],
  ]);
  const preloads = [
    ["--import", "limelight/preload", "-e", ""],
    ["--require", "limelight/preload", "-e", ""],
  ];
  for (const args of [...programs, ...preloads]) {
    it(`is named by node ${args.join(" ")}`, async () => {
      const stderr = await failure(args);

      assert.equal(stderr.match(MESSAGE)?.length, 1, stderr);
    });
  }

  it("is named by the command line, in one line", async () => {
    const stderr = await failure([join("node_modules", "limelight", "dist/cli/main.js"), "demo"]);

    assert.match(stderr, /^limelight needs Node 22\.15 or newer, this is 20\.20\.2 .*\n$/);
  });
});
