import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { PUBLIC } from "./_support/public-exports.ts";

const EXPORT = /^export\s+(?<type>type\s+)?\{(?<names>[^}]*)\}\s+from/gm;

/** The names an entry exports, as its text says. */
function exportsOf(entry: string): { values: string[]; types: string[] } {
  const text = readFileSync(new URL(`../${entry}`, import.meta.url), "utf8");
  const values: string[] = [];
  const types: string[] = [];
  for (const { groups } of text.matchAll(EXPORT)) {
    for (const item of (groups?.["names"] ?? "").split(",")) {
      const [name = ""] = item.trim().split(" as ").slice(-1);
      if (name === "") continue;
      const isType = groups?.["type"] !== undefined || item.trim().startsWith("type ");
      (isType ? types : values).push(name.replace(/^type /, ""));
    }
  }
  return { values: values.toSorted(), types: types.toSorted() };
}

describe("the public exports", () => {
  for (const [entry, { values, types }] of Object.entries(PUBLIC)) {
    it(`of ${entry} are these`, () => {
      assert.deepEqual(exportsOf(entry), { values: [...values], types: [...types] });
    });
  }

  it("are there at run time; the preload is loaded by tests of its own", async () => {
    for (const [entry, { values }] of Object.entries(PUBLIC)) {
      if (entry === "./src/preload.ts") continue;
      const module = (await import(`../${entry}`)) as Record<string, unknown>;
      assert.deepEqual(Object.keys(module).toSorted(), [...values], entry);
      for (const name of values) assert.notEqual(module[name], undefined, name);
    }
  });

  it("have one entry each in package.json, which points at what is built from it", () => {
    const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
    const manifest = JSON.parse(text) as { exports: Record<string, unknown> };
    const expected = Object.keys(PUBLIC).map((entry) => {
      const name = entry.slice("./src/".length, -".ts".length);
      const commonJs = { types: "./dist/preload.d.cts", default: "./dist/preload.cjs" };
      const target = {
        // Node requires it in the thread of module hooks as well, which cannot require ES modules.
        ...(name === "preload" ? { require: commonJs } : {}),
        types: `./dist/${name}.d.ts`,
        default: `./dist/${name}.js`,
      };
      return [name === "index" ? "." : `./${name}`, target];
    });

    assert.deepEqual(manifest.exports, {
      ...Object.fromEntries(expected),
      "./package.json": "./package.json",
    });
  });
});
