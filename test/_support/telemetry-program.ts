import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a child process ended and what it wrote. */
export interface ProgramRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON lines of stdout. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

const PROGRAMS = new URL("../telemetry/programs/", import.meta.url);

function parse(line: string): Record<string, unknown>[] {
  return line.startsWith("{") ? [JSON.parse(line) as Record<string, unknown>] : [];
}

/** Runs `test/telemetry/programs/{name}` in a process of its own, where OpenTelemetry's globals are free. */
export function runProgram(name: string, env: NodeJS.ProcessEnv = {}): Promise<ProgramRun> {
  const path = fileURLToPath(new URL(name, PROGRAMS));
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 20_000,
  });
  const written = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    written.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, ...written, lines: written.stdout.split("\n").flatMap(parse) });
    });
  });
}
