import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./doc-programs.ts";
import { type PublicName, publicNames } from "./public-names.ts";

/** An example in a docstring. */
export interface DocstringExample {
  /** `src/actor/definition/ref.ts:40`: the file and the line of the fence. */
  readonly place: string;
  readonly code: string;
}

const EXAMPLE =
  /^([ \t]*) \* @example\n[ \t]* \* ```ts\n((?:[ \t]* \*(?: .*)?\n)*?)[ \t]* \* ```$/gm;

/** Returns the examples in the docstrings of `src`. */
export function docstringExamples(): DocstringExample[] {
  const files = globSync("src/**/*.ts", { cwd: ROOT }).toSorted();
  return files.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return Array.from(text.matchAll(EXAMPLE), ({ index, 2: body = "" }) => ({
      place: `${file}:${text.slice(0, index).split("\n").length + 1}`,
      code: body.replaceAll(/^[ \t]* \* ?/gm, ""),
    }));
  });
}

/** Returns an import of each public name that `code` uses and does not declare itself. */
function importsOf(code: string, names: readonly PublicName[]): string[] {
  const seen = new Set<string>();
  const lines: string[] = [];
  for (const { name, entry, isValue } of names) {
    const used = new RegExp(`(?<![\\w"]|(?<!\\.\\.)\\.)${name}\\b(?!:)`).test(code);
    const declared = new RegExp(`\\b(?:const|function|class) ${name}\\b`).test(code);
    if (!used || declared || seen.has(name)) continue;
    seen.add(name);
    lines.push(`import ${isValue ? "" : "type "}{ ${name} } from "limelight${entry}";`);
  }
  return lines;
}

/** Checks results that an example states in a comment, such as `await ref.ask.add(2); // 3`. */
function withChecks(code: string): string {
  const stated = /^(?!const |import )(\S[^;\n]*); \/\/ (.+)$/gm;
  return code.replaceAll(stated, (whole, expression: string, value: string) => {
    try {
      JSON.parse(value);
    } catch {
      return whole; // an explanation
    }
    return `assert.deepEqual(${expression}, ${value});`;
  });
}

/**
 * Returns examples as programs. A docstring shows neither the imports of limelight nor how `system`, an actor
 * system without options, was created.
 */
export function examplePrograms(examples: readonly DocstringExample[]): string[] {
  const names = publicNames();
  return examples.map(({ code }) => {
    const needsSystem = /(?<![.\w])system\b/.test(code);
    const before = needsSystem ? "const system = createSystem();\n" : "";
    const after = needsSystem ? "\nawait system.shutdown();\n" : "";
    const program = `${before}${withChecks(code)}${after}`;
    const imports = ['import assert from "node:assert/strict";', ...importsOf(program, names)];
    return `${imports.join("\n")}\n${program}`;
  });
}
