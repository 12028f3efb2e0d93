import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PreloadProcess } from "../_support/preload-process.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Makes the process believe that its Node is old. */
const OLD = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });`;
const PROBLEM = "limelight needs Node 22.15 or newer, this is 20.20.2 (ERR_NODE_VERSION)";

/** They run in browsers as well, and use nothing of Node. */
const ANYWHERE = ["client", "react"];

/** Entries of the package that need Node. */
function entries(): string[] {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    exports: Record<string, { default?: string }>;
  };
  const all = Object.values(manifest.exports).flatMap(({ default: path }) =>
    path === undefined ? [] : [path.replace("./dist/", "").replace(".js", "")],
  );
  return all.filter((entry) => !ANYWHERE.includes(entry));
}

describe("a Node that is too old", { concurrency: 2 }, () => {
  for (const entry of entries()) {
    it(`is told so by the import of ${entry}, before anything else of it runs`, async () => {
      const app = await PreloadProcess.run({
        esm: `
          ${OLD}
          const error = await import(${JSON.stringify(join(ROOT, "src", `${entry}.ts`))}).catch((reason) => reason);
          const { code, message } = error;
          console.log(JSON.stringify({ code, message, listeners: process.listenerCount("SIGTERM") }));
        `,
        preload: [],
      });

      const expected = { code: "ERR_NODE_VERSION", message: PROBLEM, listeners: 0 };
      assert.deepEqual(await app.line("code"), expected);
    });

    it(`is looked at first by ${entry}`, () => {
      const text = readFileSync(join(ROOT, "src", `${entry}.ts`), "utf8");
      const [first] = text.match(/^(?:import|export)\b.*$/m) ?? [];
      assert.equal(first, 'import "./base/node/require-node.ts";');
    });
  }

  it("is told so once when the preload is required, and not by a TypeError", async () => {
    const app = await PreloadProcess.run({
      cjs: `${OLD} require("limelight/preload");`,
      preload: [],
    });

    assert.equal(app.exit.code, 1);
    assert.equal(app.stderr.split(PROBLEM).length, 2, app.stderr);
    assert.doesNotMatch(app.stderr, /TypeError|SyntaxError/);
  });
});
