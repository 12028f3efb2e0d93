import { arrivals } from "../arrivals.ts";
import type { Subject } from "../subject.ts";
import { type PreparedWork, type Work, WorkId } from "./work.ts";

/** Messages of a burst where bursts are meant: few enough to stay in the processor's caches. */
export const BURST = 1_000;

/** A million messages as one backlog: what a mailbox costs when it fills, garbage collection included. */
export const tell: Work = {
  id: WorkId.Tell,
  description: "1,000,000 messages to one actor, sent at once, then awaited",
  fullOps: 1_000_000,
  step: BURST,
  prepare: (subject) => prepare(subject, Number.POSITIVE_INFINITY),
};

/** The same number in small bursts: what a mailbox costs while it keeps up. */
export const tellBursts: Work = {
  id: WorkId.TellBursts,
  description: "1,000,000 messages to one actor, bursts of 1,000, each burst awaited",
  fullOps: 1_000_000,
  step: BURST,
  prepare: (subject) => prepare(subject, BURST),
};

async function prepare<Handle>(
  subject: Subject<Handle>,
  mostAtOnce: number,
): Promise<PreparedWork> {
  const handle = await subject.spawn();
  return {
    async run(ops) {
      const burst = Math.min(ops, mostAtOnce);
      for (let sent = 0; sent < ops; sent += burst) {
        const handled = arrivals(burst);
        if (subject.tellEach !== undefined) await subject.tellEach([handle], burst);
        else for (let message = 0; message < burst; message++) subject.tell(handle);
        await handled;
      }
    },
  };
}
