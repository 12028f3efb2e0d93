import { arrivals } from "../arrivals.ts";
import type { Subject } from "../subject.ts";
import { type Work, WorkId } from "./work.ts";

/**
 * Messages before the ball is served anew. It bounds the stack of runtimes that run the receiver
 * inside the send, and the length of a trace; the promise of a new one is 1 % of the reference.
 */
const RALLY = 100;

export const pingPong: Work = {
  id: WorkId.PingPong,
  description: "500,000 messages to and fro between two actors, rallies of 100",
  fullOps: 500_000,
  step: RALLY,
  async prepare<Handle>(subject: Subject<Handle>) {
    const first = await subject.spawn();
    const second = await subject.spawn();
    return {
      async run(ops) {
        for (let played = 0; played < ops; played += RALLY) {
          const handled = arrivals(RALLY);
          subject.serve(first, second);
          await handled;
        }
      },
    };
  },
};
