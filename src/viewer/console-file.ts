import type { ConsoleFile } from "../wire/console-file.ts";
import { FILE_SHAPES } from "./file-schema.ts";
import { SchemaChecker } from "./json-schema.ts";

/** What marks a file as one of these. */
const FORMAT = "limelight-console";
const VERSION = 1;
/** Larger ones would not fit into a tab. */
const MAX_CHARACTERS = 256 * 1_024 * 1_024;

/** What reading a file came to. */
export type FileReading =
  | { readonly file: ConsoleFile; readonly problem: null }
  | { readonly file: null; readonly problem: string };

/** The text of a file. */
export function writeConsoleFile(file: ConsoleFile): string {
  return JSON.stringify({ format: FORMAT, version: VERSION, ...file });
}

/** Reads a file; what is not one, or not whole, is told in a sentence. */
export function readConsoleFile(text: string): FileReading {
  if (text.length > MAX_CHARACTERS) return refused("it is too large");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused("it is not JSON");
  }
  if (!isMarked(value)) return refused("it is not a snapshot file of limelight's console");
  if (value.version !== VERSION) {
    const version = JSON.stringify(value.version).slice(0, 20);
    return refused(`it has version ${version}, and this console reads ${VERSION}`);
  }
  const problem = new SchemaChecker(FILE_SHAPES).mismatch(value, { $ref: "ConsoleFile" }, "file");
  // The shape has been checked field by field just above.
  return problem === null ? { file: value as unknown as ConsoleFile, problem } : refused(problem);
}

function refused(problem: string): FileReading {
  return { file: null, problem };
}

function isMarked(value: unknown): value is { readonly format: string; readonly version: unknown } {
  return (
    typeof value === "object" &&
    value !== null &&
    "format" in value &&
    value.format === FORMAT &&
    "version" in value
  );
}
