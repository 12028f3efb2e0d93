import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { OpenFiles } from "./open-files.ts";
import { runRequest } from "./run-request.ts";
import type { SqlReply, SqlRequest } from "./sql-messages.ts";
import { toFailure } from "./worker-error.ts";

/*
 * A worker of the SQL pool: a process of its own. SQLite runs a statement to its end in one call, which no thread can
 * be stopped in; only the end of a process stops it.
 */

const MAX_OPEN_FILES = 64;

const files = new OpenFiles(MAX_OPEN_FILES);

/** Whether a request is being worked on, for the watchdog. */
const busy = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function setBusy(value: 0 | 1): void {
  Atomics.store(busy, 0, value);
  if (value === 1) Atomics.notify(busy, 0);
}

function answer(request: SqlRequest): SqlReply {
  setBusy(1);
  try {
    return { kind: "answer", answer: runRequest(files, request) };
  } catch (thrown) {
    return { kind: "failure", error: toFailure(thrown) };
  } finally {
    setBusy(0);
  }
}

/** A reply that cannot be sent is for a process that has ended, of which the channel tells by its end. */
function reply(message: SqlReply): void {
  process.send?.(message, () => {});
}

function startWatchdog(): void {
  const file = new URL(`./sql-watchdog${extname(import.meta.url)}`, import.meta.url);
  const data = { busy, parent: process.ppid };
  new Worker(file, { name: "limelight-sql-watchdog", workerData: data }).unref();
}

// Sent to a whole group of processes by a terminal. The actors still need their databases while they stop.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => {
  try {
    files.closeAll();
  } finally {
    process.exit(0);
  }
});
process.on("message", (request: SqlRequest) => reply(answer(request)));
startWatchdog();
reply({ kind: "ready" });
