import { Worker } from "node:worker_threads";

/** A scenario that takes longer has caught the process in an endless loop. */
const PATIENCE_MS = 60_000;

/** Runs in a thread of its own, since the loop it is to notice blocks the main one. */
const CODE = `
const { workerData } = require("node:worker_threads");
const { writeSync } = require("node:fs");
const seed = new Float64Array(workerData.buffer);
let seen = NaN, sinceMs = Date.now();
setInterval(() => {
  if (seed[0] !== seen) { seen = seed[0]; sinceMs = Date.now(); return; }
  if (Date.now() - sinceMs < workerData.patienceMs) return;
  writeSync(2, "scenario " + seen + " does not end; repeat it with: npm run scenarios -- --count 1 --seed " + seen + "\\n");
  process.kill(process.pid, "SIGKILL");
}, 1_000);
`;

interface Watchdog extends Disposable {
  /** The scenario of `seed` begins. */
  begin(seed: number): void;
}

/** Ends the process, with the seed on stderr, when a scenario does not end. */
export function startWatchdog(): Watchdog {
  const buffer = new SharedArrayBuffer(8);
  const shared = new Float64Array(buffer);
  const worker = new Worker(CODE, {
    eval: true,
    workerData: { buffer, patienceMs: PATIENCE_MS },
  });
  worker.unref();
  return {
    begin(seed) {
      shared[0] = seed;
    },
    [Symbol.dispose]() {
      void worker.terminate(); // its end need not be awaited
    },
  };
}
