import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** One thing a source file imports. */
export interface Import {
  /** As it is written: `./clock.ts`, `node:fs`, `pino`. */
  readonly specifier: string;
  /** Path inside `src/` where it is a file of the project. */
  readonly file: string | undefined;
  /** Erased at run time. */
  readonly typeOnly: boolean;
}

/** A file of `src/`. */
export interface Source {
  /** Path inside `src/`. */
  readonly file: string;
  /** The folder it is in; empty for a root entry. */
  readonly folder: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const ROOT = join(import.meta.dirname, "../../src");
const FROM =
  /^(?:import|export)\s+(?<type>type\s+)?(?<what>\*(?:\s+as\s+\w+)?|\{[^}]*\}|\w+(?:,\s*\{[^}]*\})?)\s+from\s+"(?<from>[^"]+)";/gm;
const BARE = /^import\s+"(?<from>[^"]+)";/gm;
const CALL = /\b(?:import|require|getBuiltinModule)\(\s*"(?<from>[^"]+)"/g;

/** Whether all that is named between braces is marked as a type. */
function namesOnlyTypes(what: string): boolean {
  if (!what.startsWith("{")) return false;
  const names = what.slice(1, -1).split(",");
  return names.every((name) => name.trim() === "" || name.trim().startsWith("type "));
}

function importsOf(file: string, text: string): Import[] {
  const found = [...text.matchAll(FROM), ...text.matchAll(BARE), ...text.matchAll(CALL)];
  return found.map(({ groups }) => {
    const { type, what = "", from: specifier = "" } = groups ?? {};
    const inside = specifier.startsWith(".");
    return {
      specifier,
      file: inside ? normalize(join(dirname(file), specifier)) : undefined,
      typeOnly: type !== undefined || namesOnlyTypes(what),
    };
  });
}

/** All files of `src/`, with what they import. */
export function readSources(): readonly Source[] {
  return globSync("**/*.{ts,tsx}", { cwd: ROOT }).map((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    const folder = file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
    return { file, folder, text, imports: importsOf(file, text) };
  });
}

/** `text` without comments; good enough for a formatted file with no comment marks in its strings. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}
