import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** How a program ended and what it wrote. */
export interface ProgramEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** A program that does not end by itself has failed its test by then. */
const PATIENCE_MS = 20_000;

const entry = new URL("../../src/index.ts", import.meta.url).href;

/**
 * Runs `source` as an ES module in a process of its own, without any SDK; `createSystem`, `defineActor`
 * and `say`, which writes a line of JSON, are there.
 */
export async function runProgram(source: string): Promise<ProgramEnd> {
  return runSource(`
    import { writeSync } from "node:fs";
    import { createSystem, defineActor } from ${JSON.stringify(entry)};
    const say = (value) => writeSync(1, JSON.stringify(value) + "\\n");
  ${source}`);
}

/** Runs `source` as an ES module in a process of its own, in which nothing has been imported. */
export async function runSource(source: string): Promise<ProgramEnd> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PATIENCE_MS,
    env: { ...process.env, NODE_OPTIONS: "", LIMELIGHT_LOG_LEVEL: "info" },
  });
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("close", (status, signal) => resolve([status, signal]));
  });
  const [output, errors, [status, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  return { status, signal, output, errors };
}

/** The lines of `output`, parsed. */
export function jsonLines({ output }: ProgramEnd): unknown[] {
  const lines = output.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as unknown);
}
