import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { type DocProgram, docPages, programsIn, ROOT } from "../_support/doc-programs.ts";

const all = docPages().flatMap(programsIn);
const inLanguage = (...languages: string[]): DocProgram[] =>
  all.filter(({ language }) => languages.includes(language));
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
};

describe("the JSON in the docs", () => {
  for (const { place, code } of inLanguage("json")) {
    it(`is JSON: ${place}`, () => {
      JSON.parse(code);
    });
  }
});

describe("the YAML in the docs", () => {
  for (const { place, code } of inLanguage("yaml")) {
    it(`is YAML: ${place}`, () => {
      for (const document of parseAllDocuments(code)) assert.deepEqual(document.errors, []);
    });
  }
});

describe("the servers in the docs and examples", () => {
  const files = globSync("examples/**/*.{ts,mjs,cjs}", { cwd: ROOT, exclude: ["**/node_modules"] });
  const programs = [
    ...inLanguage("ts", "js", "mjs", "cjs").map(({ place, code }) => [place, code] as const),
    ...files.map((file) => [file, readFileSync(join(ROOT, file), "utf8")] as const),
  ];

  // Frameworks catch for their handlers. Here a rejected ask would end the process.
  it("of node:http catch what asks reject with", () => {
    const servers = programs.filter(([, code]) =>
      /createServer\((?:async )?\(.*\.ask\./s.test(code),
    );
    assert.ok(servers.length >= 6, `${servers.length} servers`);
    for (const [place, code] of servers) assert.match(code, /\bcatch\b/, place);
  });
});

describe("the commands in the docs", () => {
  const commands = inLanguage("sh", "dockerfile");

  it("run scripts that package.json has", () => {
    for (const { place, code } of commands) {
      for (const [, script = ""] of code.matchAll(/\bnpm run ([\w:-]+)/g)) {
        assert.ok(script in manifest.scripts, `${place}: npm run ${script}`);
      }
    }
  });

  it("load entries that package.json exports", () => {
    for (const { place, code } of commands) {
      for (const [, entry = ""] of code.matchAll(/--(?:import|require)[ =]+limelight(\/\w+)?/g)) {
        assert.ok(`.${entry}` in manifest.exports, `${place}: limelight${entry}`);
      }
    }
  });
});
