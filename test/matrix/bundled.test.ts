import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import { Format, NODES, nodeOf, Project } from "../_support/matrix-project.ts";

/** Dependencies that are CommonJS need a `require`, which ES modules lack. */
const REQUIRE =
  'import { createRequire as from } from "node:module"; const require = from(import.meta.url);';

for (const format of Object.values(Format)) {
  describe(`an application bundled into one ${format} file by esbuild`, () => {
    const output = mkdtempSync(join(tmpdir(), "limelight-bundle-"));
    let project: Project;
    before(async () => {
      const packages = ["@opentelemetry/api@1.10.0"];
      project = await Project.create({ name: "npm-api-1.10", manager: "npm", packages });
    });
    after(() => rmSync(output, { recursive: true, force: true }));

    /** Bundles a program, and runs it in a folder without `node_modules`. */
    const bundle = async (
      program: string,
      modules: Readonly<Record<string, string>>,
      external: string[] = [],
    ): Promise<string> => {
      const main = project.writeMain(program, format, modules);
      const outfile = join(external.length === 0 ? output : project.directory, `bundled-${main}`);
      const { warnings } = await build({
        absWorkingDir: project.directory,
        entryPoints: [main],
        bundle: true,
        platform: "node",
        format: format === Format.Esm ? "esm" : "cjs",
        outfile,
        external,
        logLevel: "silent",
        ...(format === Format.Esm ? { banner: { js: REQUIRE } } : {}),
      });
      assert.deepEqual(warnings, []);
      return outfile;
    };
    const lastLine = (stdout: string): Record<string, unknown> =>
      JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");

    for (const version of NODES) {
      it(`runs actors, and the console but for its page, on Node ${version}`, async () => {
        const file = await bundle("console.cjs", {
          limelight: "limelight",
          consoles: "limelight/console",
        });

        const { stdout } = await project.run(await nodeOf(version), [file]);

        const { page, api, document, mcp } = lastLine(stdout) as Record<string, { status: number }>;
        const statuses = [page?.status, api?.status, document?.status, mcp?.status];
        assert.deepEqual(statuses, [503, 200, 200, 501]);
        assert.match(JSON.stringify(page), /ERR_CONSOLE_NO_PAGE.*--external:limelight/);
      });
    }

    const PRELOADED = {
      preload: "limelight/preload",
      limelight: "limelight",
      telemetry: "limelight/telemetry",
      api: "@opentelemetry/api",
    };

    it("runs without telemetry if the preload is inside, and says why", async () => {
      const file = await bundle("preload-inside.cjs", PRELOADED);

      const { stdout, stderr } = await project.run(process.execPath, [file]);

      assert.match(stderr, /ERR_PACKAGE_MISSING.*--packages=external/);
      assert.deepEqual(lastLine(stdout), { greeted: "hello", state: "off" });
    });

    it("has telemetry and the page if limelight is external", async () => {
      const external = ["limelight", "@opentelemetry/api"];
      const inside = await bundle("preload-inside.cjs", PRELOADED, external);
      const modules = { limelight: "limelight", consoles: "limelight/console" };
      const consoles = await bundle("console.cjs", modules, external);
      const env = { OTEL_TRACES_EXPORTER: "none", OTEL_EXPORTER_PROMETHEUS_PORT: "0" };

      const started = await project.run(process.execPath, [inside], env);
      const shown = await project.run(process.execPath, [consoles]);

      assert.deepEqual(lastLine(started.stdout), { greeted: "hello", state: "running" });
      assert.equal((lastLine(shown.stdout) as { page: { status: number } }).page.status, 200);
    });
  });
}
