import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How long a process that has answered may take to end before it is killed. */
const GRACE_MS = 5_000;
/** What is kept of a failed process's output. */
const OUTPUT_CHARACTERS = 2_000;

/**
 * Runs a module of the bench in a process of its own and resolves to what it sends.
 *
 * @throws Error with the end of the process's output, when it ends or times out without an answer
 */
export async function answerOf<Answer>(
  module: URL,
  args: readonly string[],
  timeoutMs: number,
): Promise<Answer> {
  const child = fork(fileURLToPath(module), args, {
    execArgv: ["--expose-gc"],
    env: quietEnvironment(),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const output = lastOutput(child);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      child.once("message", (answer) => resolve(answer as Answer));
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        const why = signal === "SIGKILL" ? `took more than ${timeoutMs} ms` : `ended with ${code}`;
        reject(new Error(`${why}\n${output()}`));
      });
    });
  } finally {
    clearTimeout(timer);
    const grace = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    await ended;
    clearTimeout(grace);
  }
}

/** The user's own telemetry settings and Node options would change what is measured. */
function quietEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("OTEL_") && name !== "NODE_OPTIONS",
  );
  return { ...Object.fromEntries(kept), NODE_ENV: "production", NODE_NO_WARNINGS: "1" };
}

function lastOutput(child: ChildProcess): () => string {
  let text = "";
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-OUTPUT_CHARACTERS);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return () => text.trim();
}
