import { spawn } from "node:child_process";
import { join } from "node:path";

/** How a program ended. */
interface ProgramEnd {
  /** 0 as well when the text it was to print came, and it was ended then. */
  readonly code: number | null;
  /** What it has written to both streams. */
  readonly output: string;
}

const LIMIT_MS = 30_000;

/** Runs a program of the docs, in which `limelight` is `src`. With `until`, ends it once it has printed that. */
export function runProgram(file: string, until: string | undefined): Promise<ProgramEnd> {
  const hooks = join(import.meta.dirname, "resolve-limelight.ts");
  const child = spawn(process.execPath, ["--import", hooks, file], {
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none", OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
    timeout: LIMIT_MS,
  });
  let output = "";
  let seen = false;
  const note = (chunk: Buffer): void => {
    output += chunk.toString();
    if (until === undefined || seen || !output.includes(until)) return;
    seen = true;
    child.kill();
  };
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (until === undefined) resolve({ code: signal === null ? code : -1, output });
      else resolve({ code: seen ? 0 : -1, output });
    });
  });
}
