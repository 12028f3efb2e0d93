import { spawn } from "node:child_process";
import { dirname, join } from "node:path";

/** How a program ended. */
interface ProgramEnd {
  /**
   * 0 also when the program was ended because it had printed the text of `until`, or ended itself by `SIGTERM`, as
   * `stopOnSignals` does.
   */
  readonly code: number | null;
  readonly stdout: string;
  /** What it has written to both streams. */
  readonly output: string;
}

/** Options of {@link runProgram}. */
interface ProgramOptions {
  /** Flags of Node, separated by spaces. */
  readonly flags: string | undefined;
  /** Text at which the program is ended. */
  readonly until: string | undefined;
}

const LIMIT_MS = 60_000;

/** Runs a program of the docs, in which `limelight` is `src`. */
export function runProgram(file: string, { flags, until }: ProgramOptions): Promise<ProgramEnd> {
  const hooks = join(import.meta.dirname, "resolve-limelight.ts");
  const given = flags === undefined ? [] : flags.split(" ");
  const child = spawn(process.execPath, ["--import", hooks, ...given, file], {
    cwd: dirname(file),
    env: {
      ...process.env,
      // Node's test runner would have a program that uses `node:test` report in its own format.
      NODE_TEST_CONTEXT: undefined,
      OTEL_TRACES_EXPORTER: "none",
      OTEL_EXPORTER_PROMETHEUS_PORT: "0",
      PORT: "0",
    },
    timeout: LIMIT_MS,
  });
  let [stdout, output] = ["", ""];
  let seen = false;
  const note = (chunk: string): void => {
    output += chunk;
    if (until === undefined || seen || !output.includes(until)) return;
    seen = true;
    child.kill();
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    note(chunk);
  });
  child.stderr.setEncoding("utf8").on("data", note);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const stopped = signal === "SIGTERM" && !child.killed;
      const byItself = stopped ? 0 : signal === null ? code : -1;
      resolve({ code: until === undefined ? byItself : seen ? 0 : -1, stdout, output });
    });
  });
}
