import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { backUpDirectory } from "./back-up.ts";
import { type BatchAnswer, BatchWriter } from "./batch-writer.ts";
import { CheckpointSchedule } from "./checkpoint-schedule.ts";
import { dataDirectory } from "./data-directory.ts";
import { closeCleanly, Durability, type OpenDatabase, openForWriting } from "./database-file.ts";
import { packAnswers, unpackGroup } from "./group-codec.ts";
import { type Mark, RevisionMark, readMark, requireMarked } from "./revision-mark.ts";
import { Doing, toSent, toStoreError } from "./sqlite-errors.ts";
import type { ThreadJob, ThreadReply, ThreadRequest } from "./store-thread.ts";

/* The code of the store's threads: one that writes for as long as the store is open, one for each backup. */

function reply(port: MessagePort, message: ThreadReply): void {
  port.postMessage(message);
}

/** Serves the store until it is closed. */
function write(port: MessagePort, job: Extract<ThreadJob, { kind: "write" }>): void {
  const directory = dataDirectory(job.directory);
  const { databaseFile: file, markFile } = directory;
  const found = readMark(markFile);
  requireMarked(directory, found);
  const opened = openForWriting(file, job.durability, job.epoch);
  const mark = openMark(opened, job.durability, markFile, found);
  const writer = new BatchWriter(opened.database, file, opened.epoch);
  const checkpoints = new CheckpointSchedule(opened.database);
  port.on("message", (request: ThreadRequest) => {
    switch (request.kind) {
      case "commit": {
        const batches = unpackGroup(request.group);
        const committed = writer.commit(batches);
        const warning = mark?.write(newestOf(committed)); // before the answer: what is acknowledged is marked
        const answers = packAnswers(committed);
        port.postMessage({ kind: "committed", answers, warning } satisfies ThreadReply, [
          answers.results.buffer,
        ]);
        checkpoints.written(batches);
        break;
      }
      case "close":
        attempt(port, file, () => {
          mark?.close();
          closeCleanly(opened);
          reply(port, { kind: "done" });
        });
        port.close();
        break;
    }
  });
  const failed = mark?.write(opened.revision);
  reply(port, { kind: "ready", epoch: opened.epoch, warning: found.problem ?? failed });
}

/** Commits that are not synchronized may be lost with the power, but a mark must not be higher than what is left. */
function openMark(
  { database }: OpenDatabase,
  durability: Durability,
  file: string,
  found: Mark,
): RevisionMark | undefined {
  if (durability !== Durability.Machine) return undefined;
  try {
    return RevisionMark.open(file, found);
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** Returns the last revision that a group was given; `undefined` if nothing was stored. */
function newestOf(answers: readonly BatchAnswer[]): number | undefined {
  const last = answers.findLast((answer) => "result" in answer);
  return last?.result.revision;
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
      reply(port, { kind: "backed_up", manifest: backUpDirectory(job.directory, job.target) });
      port.close();
      break;
  }
}

const job = workerData as ThreadJob;
if (parentPort !== null) {
  const port = parentPort;
  attempt(port, dataDirectory(job.directory).databaseFile, () => run(port, job));
}
