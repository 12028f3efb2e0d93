import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { isLauncher } from "../../src/preload/process/launcher.ts";
import { freePort } from "../_support/stack-program.ts";

const ROOT = join(import.meta.dirname, "../..");
const source = (name: string): string => pathToFileURL(join(ROOT, "src", name)).href;

/** Says where its metrics and its console are, as `name=url`. */
const APP = `
  import { telemetryStatus } from "${source("telemetry.ts")}";
  const { role, metricsBound } = telemetryStatus();
  console.log(\`\${process.argv[2] ?? "app"} role=\${role} metrics=\${(await metricsBound) ?? "none"}\`);
`;
const FILES: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    type: "module",
    scripts: { start: "node app.mjs", shell: "sh -c 'node app.mjs'" },
    bin: { app: "app.mjs" },
  }),
  "app.mjs": APP,
  "fork.mjs": `
    import { fork } from "node:child_process";
    import { once } from "node:events";
    ${APP}
    const env = process.argv[3] === undefined ? process.env : { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: process.argv[3] };
    await once(fork("app.mjs", ["child"], { env }), "exit");
  `,
  "spawn.mjs": `
    import { spawn } from "node:child_process";
    import { once } from "node:events";
    ${APP}
    await once(spawn("sh", ["-c", "node app.mjs child; true"], { stdio: "inherit" }), "exit");
  `,
  "app.test.mjs": `import test from "node:test"; test("app", async () => { await import("./app.mjs"); });`,
};

/** Runs a command with the preload in NODE_OPTIONS, where it reaches every process of Node's. */
async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const directory = mkdtempSync(join(tmpdir(), "limelight-launcher-"));
  for (const [name, content] of Object.entries(FILES)) {
    writeFileSync(join(directory, name), content);
  }
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  const port = await freePort();
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:OTEL_|LIMELIGHT_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/.test(name),
  );
  const child = spawn(command, args, {
    cwd: directory,
    env: {
      ...Object.fromEntries(inherited),
      NODE_OPTIONS: `--import=${source("preload.ts")}`,
      NODE_COMPILE_CACHE: join(tmpdir(), "limelight-compile-cache"),
      OTEL_TRACES_EXPORTER: "none",
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      npm_config_update_notifier: "false",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  rmSync(directory, { recursive: true });
  const roles = stdout.match(/^\w+ role=.*$/gm) ?? [];
  return { roles, stderr, url: `http://127.0.0.1:${port}/metrics` };
}

describe("a program that starts the application", { concurrency: 1 }, () => {
  const WAYS: readonly (readonly [string, ...string[]])[] = [
    ["npm", "start", "--silent"],
    ["npm", "run", "shell", "--silent"],
    ["npx", "--no-install", "-c", "node app.mjs"],
    ["node", "--run", "start"],
    ["node", "app.mjs"],
  ];
  for (const [command, ...args] of WAYS) {
    it(`leaves it its port: ${command} ${args.join(" ")}`, async () => {
      const { roles, stderr, url } = await run(command, args);

      assert.deepEqual(roles, [`app role=main metrics=${url}`], stderr);
      assert.doesNotMatch(stderr, /no \/metrics here/);
    });
  }

  it("is told by its real path", () => {
    const directory = mkdtempSync(join(tmpdir(), "limelight-launcher-"));
    const cases: readonly (readonly [string, boolean])[] = [
      ["node_modules/npm/bin/npm-cli.js", true],
      ["node_modules/pnpm/bin/pnpm.cjs", true],
      ["node_modules/corepack/dist/yarn.js", true],
      ["node_modules/nodemon/bin/nodemon.js", true],
      ["node_modules/tsx/dist/cli.mjs", true],
      ["node_modules/pm2/bin/pm2", true],
      ["nodejs/npm/bin/npx-cli.js", true],
      ["releases/yarn-4.5.0.cjs", true],
      ["node_modules/pm2/lib/ProcessContainerFork.js", false],
      ["node_modules/shop/bin/shop.js", false],
      ["src/npm.js", false],
    ];
    for (const [path, expected] of cases) {
      const file = join(directory, path);
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, "");
      const link = join(directory, `link-${path.replaceAll("/", "-")}`);
      symlinkSync(file, link);
      assert.deepEqual([isLauncher(file), isLauncher(link)], [expected, expected], path);
    }
    rmSync(directory, { recursive: true });
    assert.equal(isLauncher(undefined), false);
    assert.equal(isLauncher("/no/such/npm-cli.js"), false);
  });
});

describe("a process that the application starts", { concurrency: 1 }, () => {
  for (const how of ["fork", "spawn"]) {
    it(`leaves its parent's port alone, without a warning: ${how}`, async () => {
      const { roles, stderr, url } = await run("node", [`${how}.mjs`, "parent"]);

      const expected = [`parent role=main metrics=${url}`, "child role=main metrics=none"];
      assert.deepEqual(roles, expected, stderr);
      assert.equal(stderr, "");
    });
  }

  it("has a port of its own where it is given one", async () => {
    const port = await freePort();
    const { roles, stderr, url } = await run("node", ["fork.mjs", "parent", String(port)]);

    const own = `http://127.0.0.1:${port}/metrics`;
    assert.deepEqual(roles, [`parent role=main metrics=${url}`, `child role=main metrics=${own}`]);
    assert.equal(stderr, "");
  });

  it("has a port of its own where any will do", async () => {
    const env = { OTEL_EXPORTER_PROMETHEUS_PORT: "0" };
    const { roles } = await run("node", ["fork.mjs", "parent"], env);

    assert.equal(roles.length, 2);
    for (const role of roles) assert.match(role, /role=main metrics=http:/);
  });

  it("does not open its parent's console", async () => {
    const port = await freePort();
    const env = { LIMELIGHT_CONSOLE: "1", LIMELIGHT_CONSOLE_PORT: String(port) };
    const { roles, stderr } = await run("node", ["fork.mjs", "parent"], env);

    assert.equal(roles.length, 2);
    assert.equal(stderr.match(/limelight console: /g)?.length, 1, stderr);
    assert.doesNotMatch(stderr, /no console here/);
  });
});

describe("node --test", () => {
  it("leaves the port to its tests, or says nothing", async () => {
    const { stderr } = await run("node", ["--test", "app.test.mjs"]);
    assert.doesNotMatch(stderr, /no \/metrics here/);
  });
});
