import { workerData } from "node:worker_threads";

/*
 * A thread of a worker of the SQL pool. While a statement runs, the worker cannot notice that the process of the
 * actors has ended, and an endless statement would run on without it.
 */

const CHECK_MS = 250;

const { busy, parent } = workerData as { readonly busy: Int32Array; readonly parent: number };

function isOrphan(): boolean {
  if (process.ppid !== parent) return true;
  try {
    process.kill(parent, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

for (;;) {
  if (Atomics.wait(busy, 0, 0) === "timed-out") continue;
  Atomics.wait(busy, 0, 1, CHECK_MS);
  if (isOrphan()) process.kill(process.pid, "SIGKILL");
}
