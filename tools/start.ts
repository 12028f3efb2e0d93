import { join } from "node:path";
import { build, isBuilt, stopBuild } from "./build.ts";

/**
 * `npm start`: builds if anything has changed, then runs the command line in this process. npm starts it by `exec`:
 * a shell in between would not pass signals on, and npm's SIGTERM would leave the program running.
 */
const MAIN = join(import.meta.dirname, "../dist/cli/main.js");
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

async function builtOrBuild(): Promise<boolean> {
  if (isBuilt()) return true;
  let stoppedBy: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    stoppedBy = signal;
    stopBuild(signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const built = await build();
  for (const signal of SIGNALS) process.removeListener(signal, stop);
  if (stoppedBy !== undefined) process.kill(process.pid, stoppedBy);
  return built && stoppedBy === undefined;
}

if (await builtOrBuild()) {
  process.argv[1] = MAIN;
  await import(MAIN);
} else {
  process.exitCode = 1;
}
