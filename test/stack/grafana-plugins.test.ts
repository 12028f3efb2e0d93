import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { parse } from "yaml";
import { StackVersion } from "../../tools/stack/versions.ts";

const root = join(import.meta.dirname, "../..");
const PLUGIN = "victoriametrics-logs-datasource";
const VERSION = StackVersion.victoriaLogsPlugin;

interface ComposeFile {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly entrypoint: readonly [shell: string, flag: string, script: string];
        readonly environment: Readonly<Record<string, string>>;
      }
    >
  >;
}

/** The service as the compose file has it, but for the escape of its dollars. */
function readService(): { script: string; environment: Readonly<Record<string, string>> } {
  const file = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true });
  const service = (file as ComposeFile).services["grafana-plugins"];
  assert.ok(service !== undefined);
  const { entrypoint, environment } = service;
  return { script: entrypoint[2].replaceAll("$$", "$"), environment };
}

// With a program in Grafana's place: what is tested is what the service makes of its answer.
describe("the service grafana-plugins of docker-compose.yml", () => {
  let folder: string;
  let plugins: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "limelight-plugins-"));
    plugins = join(folder, "plugins");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function run(grafanaExitCode: number): { status: number | null; said: string; asked: string } {
    const calls = join(folder, "calls");
    const grafana = join(folder, "grafana");
    writeFileSync(calls, "");
    writeFileSync(grafana, `#!/bin/sh\necho "$*" >> ${calls}\nexit ${grafanaExitCode}\n`);
    chmodSync(grafana, 0o755);
    const { script, environment } = readService();
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], {
      encoding: "utf8",
      env: { ...environment, PLUGINS: plugins, PATH: `${folder}:${process.env["PATH"]}` },
    });
    return { status, said: stdout + stderr, asked: readFileSync(calls, "utf8") };
  }

  function havePlugin(version: string): void {
    mkdirSync(join(plugins, PLUGIN), { recursive: true });
    const text = JSON.stringify({ id: PLUGIN, info: { version } }, undefined, 2);
    writeFileSync(join(plugins, PLUGIN, "plugin.json"), text);
  }

  it("fetches the plugin in its version", () => {
    const { status, said, asked } = run(0);

    assert.equal(asked, `cli --pluginsDir ${plugins} plugins install ${PLUGIN} ${VERSION}\n`);
    assert.equal(status, 0);
    assert.doesNotMatch(said, /MISSING/);
  });

  it("says what is missing when it cannot be fetched, and lets Grafana start", () => {
    const { status, said } = run(1);

    assert.equal(status, 0);
    assert.match(said, new RegExp(`MISSING: ${PLUGIN} ${VERSION} .* no log lines`));
  });

  it("asks no network when the plugin is there in its version", () => {
    havePlugin(VERSION);

    const { status, asked } = run(1);

    assert.deepEqual([status, asked], [0, ""]);
  });

  it("is described in docs/stack.md with its version", () => {
    const text = readFileSync(join(root, "docs/stack.md"), "utf8");

    assert.ok(text.includes(`version ${VERSION}`));
    assert.ok(text.includes(`${PLUGIN}-v${VERSION}.zip`));
  });

  it("fetches it when another version is there", () => {
    havePlugin("0.1.0");

    assert.match(run(0).asked, new RegExp(`install ${PLUGIN} ${VERSION}\n`));
  });
});
