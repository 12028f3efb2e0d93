import { writeSync } from "node:fs";
import { type ActorRef, type ActorSystem, defineActor } from "../../../src/index.ts";
import { expectBooks } from "../../../src/testing.ts";

/** What these programs talk to. */
const worker = defineActor("worker", {
  handlers: {
    work(c) {
      c.log.info("working");
      return 1;
    },
    task: (c) => c.spawnTask("chore", async () => {}).settled,
    fail() {
      throw new RangeError("no");
    },
  },
});

/** The message that programs send themselves. */
export interface WorkerMessages {
  work(c: never): number;
}

/** An actor that logs a line for each message. */
export function spawnWorker(system: ActorSystem): ActorRef<WorkerMessages> {
  return system.spawn(worker);
}

/** Writes one JSON line for the test that runs this program. */
export function report(result: object): void {
  writeSync(1, `${JSON.stringify({ report: result })}\n`);
}

/** Whatever nobody caught fails the program, and says so. */
export function failOnUncaught(): void {
  for (const event of ["unhandledRejection", "uncaughtException"] as const) {
    process.on(event, (error: unknown) => {
      report({ uncaught: String(error) });
      process.exitCode = 3;
    });
  }
}

/** Sends every kind of message and holds that all is well. */
export async function exercise(system: ActorSystem): Promise<void> {
  const ref = system.spawn(worker);
  if ((await ref.ask.work()) !== 1) process.exitCode = 4;
  ref.tell.work();
  await ref.ask.task();
  await ref.ask.fail().catch(() => {});
  ref.tell.fail();
  await ref.ask.work();
  await ref.stop();
  expectBooks(system);
}
