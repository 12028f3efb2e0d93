import { arrivals } from "../arrivals.ts";
import type { Subject } from "../subject.ts";
import { spawnMany } from "./spawning.ts";
import { type Work, WorkId } from "./work.ts";

const ACTORS = 1_000;

export const fanOut: Work = {
  id: WorkId.FanOut,
  description: "1,000 messages to each of 1,000 actors, round by round, then awaited",
  fullOps: 1_000_000,
  step: ACTORS,
  async prepare<Handle>(subject: Subject<Handle>) {
    const handles = await spawnMany(subject, ACTORS);
    return {
      async run(ops) {
        const rounds = ops / ACTORS;
        const handled = arrivals(ops);
        if (subject.tellEach !== undefined) await subject.tellEach(handles, rounds);
        else sendRounds(subject, handles, rounds);
        await handled;
      },
    };
  },
};

function sendRounds<Handle>(
  subject: Subject<Handle>,
  handles: readonly Handle[],
  rounds: number,
): void {
  for (let round = 0; round < rounds; round++) {
    for (const handle of handles) subject.tell(handle);
  }
}
