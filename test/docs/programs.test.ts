import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import {
  Directive,
  type DocProgram,
  docPages,
  programFile,
  programsIn,
  programText,
  ROOT,
} from "../_support/doc-programs.ts";
import { runProgram } from "../_support/run-doc-program.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "limelight-docs-"));
after(() => rmSync(folder, { recursive: true, force: true }));
// Programs import the packages of the repository.
symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));

const all = docPages().flatMap(programsIn);
const inLanguage = (...languages: string[]): DocProgram[] =>
  all.filter(({ language }) => languages.includes(language));
const typescript = inLanguage("ts").filter(({ directives }) => !directives.has(Directive.File));
const javascript = inLanguage("js", "mjs", "cjs").filter(
  ({ directives }) => !directives.has(Directive.File),
);

for (const program of [...typescript, ...javascript]) {
  writeFileSync(join(folder, programFile(program)), programText(program));
}

const compilerOptions = {
  ...(JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as { compilerOptions: object })
    .compilerOptions,
  isolatedDeclarations: false,
  declaration: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
  typeRoots: [join(ROOT, "node_modules/@types")],
  paths: {
    limelight: [join(ROOT, "src/index.ts")],
    "limelight/*": [join(ROOT, "src/*.ts")],
    "*": [join(ROOT, "node_modules/*")],
  },
};

describe("the programs in the docs", () => {
  it("compile", async () => {
    const config = join(folder, "tsconfig.json");
    writeFileSync(config, JSON.stringify({ compilerOptions, include: ["*.mts"] }));

    const { stdout } = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", config], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);

    assert.equal(stdout, "");
  });

  for (const program of [...typescript, ...javascript]) {
    if (program.directives.has(Directive.CompileOnly)) continue;
    it(`run: ${program.place}`, async () => {
      const until = program.directives.get(Directive.Until);

      const { code, output } = await runProgram(join(folder, programFile(program)), until);

      assert.equal(code, 0, output);
    });
  }

  for (const { place, code, directives } of all) {
    const file = directives.get(Directive.File);
    if (file === undefined) continue;
    it(`are the files they name: ${place}`, () => {
      assert.ok(readFileSync(join(ROOT, file), "utf8").includes(code), `${file} has another text`);
    });
  }

  for (const { place, code } of inLanguage("json")) {
    it(`are JSON: ${place}`, () => {
      JSON.parse(code);
    });
  }
});
