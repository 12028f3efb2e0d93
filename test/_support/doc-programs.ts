import { globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** The repository's root. */
export const ROOT: string = join(import.meta.dirname, "../..");

/** What a comment above a block asks for; see CONTRIBUTING.md. */
export const Directive = {
  /** Code that the block needs and the page does not show. */
  Setup: "setup",
  /** The block is this file of the repository, which another test runs. */
  File: "file",
  /** The program does not end by itself: it is ended once it has printed this text. */
  Until: "until",
  /** The program is compiled, not run; the text says why. */
  CompileOnly: "compile only",
} as const;
export type Directive = (typeof Directive)[keyof typeof Directive];

/** A block of code in a page. */
export interface DocProgram {
  /** `docs/guide.md:12`: the page and the line of the fence. */
  readonly place: string;
  /** The info string's first word: `ts`, `mjs`, `cjs`, `js`, `json`, `sh` … */
  readonly language: string;
  readonly code: string;
  readonly directives: ReadonlyMap<Directive, string>;
}

const COMMENT = /<!--\s*(setup|file|until|compile only)(?::|\s)([\s\S]*?)-->/g;
const BLOCK =
  /((?:<!--(?:(?!-->)[\s\S])*-->\s*\n\s*)*)^([ \t]*)```([\w-]+)[^\n]*\n([\s\S]*?)^[ \t]*```[ \t]*$/gm;

/** All pages for users: the README and everything below `docs`. */
export function docPages(): string[] {
  const pages = globSync("docs/**/*.md", { cwd: ROOT }).toSorted();
  return ["README.md", "CONTRIBUTING.md", ...pages];
}

/** Reads the blocks of code in a page. */
export function programsIn(page: string): DocProgram[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return Array.from(text.matchAll(BLOCK), (match) => {
    const [, comments = "", indent = "", language = "", body = ""] = match;
    const line = text.slice(0, match.index + comments.length).split("\n").length;
    const directives = new Map<Directive, string>();
    for (const [, name = "", value = ""] of comments.matchAll(COMMENT)) {
      directives.set(name as Directive, value.trim());
    }
    const code = body
      .split("\n")
      .map((row) => (row.startsWith(indent) ? row.slice(indent.length) : row))
      .join("\n");
    return { place: `${relative(ROOT, join(ROOT, page))}:${line}`, language, code, directives };
  });
}

/** The whole text of a program: what the page does not show, then the block. */
export function programText({ directives, code }: DocProgram): string {
  const setup = directives.get(Directive.Setup);
  return setup === undefined ? code : `${setup}\n${code}`;
}

/** A name for the program's file, unique among all pages. */
export function programFile({ place, language }: DocProgram): string {
  const extension = language === "ts" ? "mts" : language;
  return `${place.replaceAll(/[^\w]+/g, "-")}.${extension}`;
}
