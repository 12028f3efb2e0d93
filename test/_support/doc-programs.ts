import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's root. */
export const ROOT: string = join(import.meta.dirname, "../..");

/** The comments that may precede a block; CONTRIBUTING.md describes them. */
export const Directive = {
  /** Code that runs before the block and is not part of the page. */
  Setup: "setup",
  /** Code that runs after the block and is not part of the page. */
  Then: "then",
  /** The block is an excerpt of this file of the repository, which another test runs. */
  File: "file",
  /** Name of the program's file; the other programs of the page can import it. */
  SaveAs: "save as",
  /** Flags of Node. */
  Flags: "flags",
  /** The program does not end by itself: it is ended once it has printed this text. */
  Until: "until",
  /** The program is compiled, not run; the text gives the reason. */
  CompileOnly: "compile only",
  /** The block is what the program before it prints. */
  Output: "output",
} as const;
export type Directive = (typeof Directive)[keyof typeof Directive];

/** A block of code in a page. */
export interface DocProgram {
  /** The page and the line of the fence, such as `docs/guide/messages.md:12`. */
  readonly place: string;
  readonly page: string;
  /** The first word of the info string: `ts`, `mjs`, `cjs`, `js`, `json`, `sh` … */
  readonly language: string;
  readonly code: string;
  readonly directives: ReadonlyMap<Directive, string>;
}

const NAMES = Object.values(Directive).join("|");
const COMMENT = new RegExp(`<!--\\s*(${NAMES})(?::|\\s)([\\s\\S]*?)-->`, "g");
const BLOCK =
  /((?:<!--(?:(?!-->)[\s\S])*-->\s*\n\s*)*)^([ \t]*)```([\w-]+)[^\n]*\n([\s\S]*?)^[ \t]*```[ \t]*$/gm;

/** All pages for users: the README and everything below `docs`. */
export function docPages(): string[] {
  const pages = globSync("docs/**/*.md", { cwd: ROOT }).toSorted();
  return ["README.md", "CONTRIBUTING.md", ...pages];
}

/** Returns the blocks of code in a page, in order. */
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
    return { place: `${page}:${line}`, page, language, code, directives };
  });
}

/** Returns the whole text of a program, with the code that the page does not show. */
export function programText({ directives, code }: DocProgram): string {
  const parts = [directives.get(Directive.Setup), code, directives.get(Directive.Then)];
  return parts.filter((part) => part !== undefined).join("\n");
}

/** Returns the name of the folder that holds the programs of a page. */
export function pageFolder(page: string): string {
  return page.replaceAll(/[^\w]+/g, "-");
}

/** Returns the path of the program's file. The programs of a page share a folder. */
export function programFile({ place, page, language, directives }: DocProgram): string {
  const extension = language === "ts" ? "mts" : language;
  const [line] = place.split(":").slice(-1);
  const name = directives.get(Directive.SaveAs) ?? `line-${line}.${extension}`;
  return join(pageFolder(page), name);
}

/** Returns the block with the output of each program that has one; `blocks` are those of one page. */
export function outputsOf(blocks: readonly DocProgram[]): Map<DocProgram, DocProgram> {
  const outputs = new Map<DocProgram, DocProgram>();
  let program: DocProgram | undefined;
  for (const block of blocks) {
    if (!block.directives.has(Directive.Output)) {
      if (["ts", "js", "mjs", "cjs"].includes(block.language)) program = block;
      continue;
    }
    if (program === undefined) throw new Error(`${block.place} follows no program`);
    outputs.set(program, block);
  }
  return outputs;
}
