import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { wrongPrograms } from "../_support/wrong-programs.ts";

const ROOT = join(import.meta.dirname, "../..");
const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");
/** Head of a diagnostic, without the lines that explain it further. */
const DIAGNOSTIC = /^(?<file>program-\d+)\.ts\(\d+,\d+\): error TS\d+: (?<text>.*)$/;

function compile(folder: string): Promise<string> {
  const args = [COMPILER, "--pretty", "false", "-p", folder];
  return new Promise((resolve) => {
    // The compiler exits with 2 when it finds errors, which is what is wanted.
    execFile(process.execPath, args, { cwd: folder }, (_error, stdout) => resolve(stdout));
  });
}

describe("the compiler's first line", () => {
  // Within the repository, so that the packages that the declarations name are found.
  const folder = mkdtempSync(join(ROOT, "test/types/.wrong-"));
  const found = new Map<string, string[]>();

  before(async () => {
    for (const [at, { source }] of wrongPrograms.entries()) {
      const program = source.replace("ENTRY", "../../../src/index.ts");
      writeFileSync(join(folder, `program-${at}.ts`), program);
    }
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: "../../../tsconfig.json",
        compilerOptions: { isolatedDeclarations: false, declaration: false },
        include: ["*.ts"],
        exclude: [],
      }),
    );
    for (const line of (await compile(folder)).split("\n")) {
      const { file, text } = DIAGNOSTIC.exec(line)?.groups ?? {};
      if (file === undefined || text === undefined) continue;
      found.set(file, [...(found.get(file) ?? []), text]);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [at, { name, says }] of wrongPrograms.entries()) {
    it(`names the problem: ${name}`, () => {
      const lines = found.get(`program-${at}`) ?? [];

      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(String(lines[0]), says);
    });
  }
});
