import type { ConsoleFile } from "../wire/console-file.ts";
import { FILE_SHAPES } from "./file-schema.ts";
import { SchemaChecker } from "./json-schema.ts";

/** Marks a file as a console file. */
const FORMAT = "limelight-console";
const VERSION = 1;
/** Larger files would exceed the memory of a browser tab. */
const MAX_CHARACTERS = 256 * 1_024 * 1_024;

/** Result of reading a file. */
export type FileReading =
  | { readonly file: ConsoleFile; readonly problem: null }
  | { readonly file: null; readonly problem: string };

/** Returns the text of a file. */
export function writeConsoleFile(file: ConsoleFile): string {
  return JSON.stringify({ format: FORMAT, version: VERSION, ...file });
}

/** Reads a file. If it is invalid or incomplete, the result holds the reason as a sentence. */
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
  // Safe: the shape has just been checked field by field.
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
