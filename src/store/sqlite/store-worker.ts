import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { backUpDirectory } from "./back-up.ts";
import { BatchWriter } from "./batch-writer.ts";
import { CheckpointSchedule } from "./checkpoint-schedule.ts";
import { closeCleanly, openForWriting } from "./database-file.ts";
import { packAnswers, unpackGroup } from "./group-codec.ts";
import { Doing, toSent, toStoreError } from "./sqlite-errors.ts";
import type { ThreadJob, ThreadReply, ThreadRequest } from "./thread-messages.ts";

/* The code of the store's threads: one that writes for as long as the store is open, one for each backup. */

function reply(port: MessagePort, message: ThreadReply): void {
  port.postMessage(message);
}

/** Serves the store until it is closed. */
function write(port: MessagePort, job: Extract<ThreadJob, { kind: "write" }>): void {
  const { file, durability } = job;
  const opened = openForWriting(file, durability, job.epoch);
  const writer = new BatchWriter(opened.database, file, opened.epoch);
  const checkpoints = new CheckpointSchedule(opened.database);
  port.on("message", (request: ThreadRequest) => {
    switch (request.kind) {
      case "commit": {
        const batches = unpackGroup(request.group);
        const answers = packAnswers(writer.commit(batches));
        port.postMessage({ kind: "committed", answers } satisfies ThreadReply, [
          answers.results.buffer,
        ]);
        checkpoints.written(batches);
        break;
      }
      case "close":
        attempt(port, file, () => {
          closeCleanly(opened);
          reply(port, { kind: "done" });
        });
        port.close();
        break;
    }
  });
  reply(port, { kind: "ready", epoch: opened.epoch });
}

/** Runs `task` and replies with its error, if it throws one. */
function attempt(port: MessagePort, file: string, task: () => void): void {
  try {
    task();
  } catch (thrown) {
    reply(port, { kind: "failed", error: toSent(toStoreError(thrown, file, Doing.Write)) });
    port.close();
  }
}

function run(port: MessagePort, job: ThreadJob): void {
  switch (job.kind) {
    case "write":
      write(port, job);
      break;
    case "backup":
      reply(port, { kind: "backed_up", manifest: backUpDirectory(job.file, job.target) });
      port.close();
      break;
  }
}

const job = workerData as ThreadJob;
if (parentPort !== null) {
  const port = parentPort;
  attempt(port, job.file, () => run(port, job));
}
