import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Tool } from "../../tools/stack/tool-paths.ts";
import { type Outcome, runTool } from "../_support/stack-program.ts";

const root = join(import.meta.dirname, "../..");
const BASE = "docker-compose.yml";
const SAMPLING = "docker-compose.tail-sampling.yml";
const CLUSTER = "docker-compose.cluster.yml";
const PASSWORD = { GRAFANA_ADMIN_PASSWORD: "for a test" };

interface Service {
  readonly command?: readonly string[];
}

/** The part of what Compose makes of the files that the tests look at. */
interface Resolved {
  readonly services: Readonly<Record<string, Service>>;
}

/** Compose holds the files to the schema of the compose specification, merges them and fills in the environment. */
function config(files: readonly string[], environment: NodeJS.ProcessEnv): Promise<Outcome> {
  const chosen = files.flatMap((file) => ["--file", join(root, file)]);
  // No `.env` of the developer's counts here.
  const alone = ["--env-file", "/dev/null", "--project-directory", root];
  return runTool(Tool.Compose, [...alone, ...chosen, "config", "--format", "json"], environment);
}

async function resolve(files: readonly string[]): Promise<Resolved> {
  const { code, output } = await config(files, PASSWORD);
  assert.equal(code, 0, output);
  return JSON.parse(output) as Resolved;
}

describe("docker compose config, which validates against the compose specification's schema", () => {
  for (const files of [[BASE], [BASE, SAMPLING], [BASE, CLUSTER], [BASE, SAMPLING, CLUSTER]]) {
    it(`takes ${files.join(" with ")} without a warning`, async () => {
      const { code, output } = await config(files, PASSWORD);

      assert.equal(code, 0, output);
      assert.doesNotThrow(() => JSON.parse(output), `more than the configuration: ${output}`);
    });
  }

  it("refuses what the specification does not know", async () => {
    const folder = mkdtempSync(join(tmpdir(), "limelight-compose-"));
    try {
      const spoilt = join(folder, BASE);
      const text = readFileSync(join(root, BASE), "utf8");
      writeFileSync(spoilt, text.replace("\n  app:\n", "\n  app:\n    read_onyl: true\n"));

      const { code, output } = await runTool(
        Tool.Compose,
        ["--file", spoilt, "config", "--quiet"],
        PASSWORD,
      );

      assert.notEqual(code, 0);
      assert.match(output, /read_onyl/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("asks for Grafana's password where there is none", async () => {
    const { code, output } = await config([BASE], { GRAFANA_ADMIN_PASSWORD: "" });

    assert.notEqual(code, 0);
    assert.match(output, /set GRAFANA_ADMIN_PASSWORD to a password for Grafana's admin/);
  });

  it("has every service start the same with tail sampling, the collector with one file more", async () => {
    const plain = await resolve([BASE]);
    const { services } = await resolve([BASE, SAMPLING]);

    assert.deepEqual(Object.keys(services), Object.keys(plain.services));
    const [first, ...rest] = plain.services["collector"]?.command ?? [];
    assert.deepEqual(services["collector"]?.command, [
      first,
      "--config=/etc/otelcol/tail-sampling.yaml",
      ...rest,
    ]);
  });

  it("has everything start the same in a cluster, but the demo in three processes on one server", async () => {
    const plain = await resolve([BASE]);
    const { services } = await resolve([BASE, CLUSTER]);

    const added = Object.keys(services).filter((name) => !(name in plain.services));
    assert.deepEqual(added.sort(), ["app-2", "app-3", "nats", "nats-owner"]);
    const same = Object.keys(plain.services).filter((name) => name !== "app" && name !== "load");
    for (const name of same) assert.deepEqual(services[name], plain.services[name], name);
    const nodes = ["app", "app-2", "app-3"].map((name) => services[name]?.command ?? []);
    assert.deepEqual(
      nodes.map((command) => command.find((part) => part.startsWith("--node="))),
      ["--node=app-1", "--node=app-2", "--node=app-3"],
    );
    for (const command of nodes) assert.ok(!command.some((part) => part.startsWith("--data")));
    const { ports } = services["app"] as { readonly ports?: readonly unknown[] };
    assert.deepEqual(
      ports,
      (plain.services["app"] as { readonly ports?: readonly unknown[] }).ports,
    );
  });
});
