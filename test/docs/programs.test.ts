import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { expectOutput } from "../_support/doc-output.ts";
import {
  Directive,
  type DocProgram,
  docPages,
  outputsOf,
  pageFolder,
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

const pages = docPages().map(programsIn);
const outputs = new Map(pages.flatMap((blocks) => [...outputsOf(blocks)]));
const programs = pages
  .flat()
  .filter(({ language }) => ["ts", "tsx", "js", "mjs", "cjs"].includes(language))
  .filter(({ directives }) => !directives.has(Directive.File));

for (const program of programs) {
  const file = join(folder, programFile(program));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(join(dirname(file), "package.json"), '{"type":"module"}');
  writeFileSync(file, programText(program));
}

const compilerOptions = {
  ...(JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as { compilerOptions: object })
    .compilerOptions,
  isolatedDeclarations: false,
  declaration: false,
  jsx: "react-jsx",
  noUnusedLocals: false,
  noUnusedParameters: false,
  noPropertyAccessFromIndexSignature: false,
  typeRoots: [join(ROOT, "node_modules/@types")],
  paths: {
    limelight: [join(ROOT, "src/index.ts")],
    "limelight/*": [join(ROOT, "src/*.ts")],
    "*": [join(ROOT, "node_modules/*")],
  },
};

async function runAndCheck(program: DocProgram): Promise<void> {
  const { directives } = program;
  const flags = directives.get(Directive.Flags);
  const until = directives.get(Directive.Until);
  const expected = outputs.get(program);

  const { code, stdout, output } = await runProgram(join(folder, programFile(program)), {
    flags,
    until,
  });

  assert.equal(code, 0, output);
  if (expected !== undefined) expectOutput(expected, stdout);
}

describe("the programs in the docs", () => {
  let errors: readonly string[] = [];
  before(async () => {
    const config = join(folder, "tsconfig.json");
    const include = ["**/*.mts", "**/*.ts", "**/*.tsx"];
    writeFileSync(config, JSON.stringify({ compilerOptions, include }));
    const tsc = run(join(ROOT, "node_modules/.bin/tsc"), ["-p", config], { cwd: folder });
    const { stdout } = await tsc.catch((error: { stdout: string }) => error);
    // The further lines of an error are indented.
    errors = stdout.split(/\n(?=\S)/).filter((error) => error !== "");
  });

  it("compile, apart from those of single pages", () => {
    const known = docPages().map(pageFolder);
    const others = errors.filter((line) => !known.some((page) => line.startsWith(`${page}/`)));

    assert.deepEqual(others, []);
  });

  for (const page of docPages()) {
    it(`compile: ${page}`, () => {
      assert.deepEqual(
        errors.filter((line) => line.startsWith(`${pageFolder(page)}/`)),
        [],
      );
    });
  }

  for (const program of programs) {
    if (program.directives.has(Directive.CompileOnly)) continue;
    it(`run, and print what the page says: ${program.place}`, () => runAndCheck(program));
  }

  for (const { place, code, directives } of pages.flat()) {
    const file = directives.get(Directive.File);
    if (file === undefined) continue;
    it(`are excerpts of the files they name: ${place}`, () => {
      assert.ok(readFileSync(join(ROOT, file), "utf8").includes(code), `${file} has another text`);
    });
  }
});
