import type { Subject } from "../subject.ts";
import { BATCH, spawnInto, stopAll } from "./spawning.ts";
import { type Work, WorkId } from "./work.ts";

export const spawnStop: Work = {
  id: WorkId.SpawnStop,
  description: "spawn and stop 100,000 actors, batches of 1,000 awaited",
  fullOps: 100_000,
  step: BATCH,
  async prepare<Handle>(subject: Subject<Handle>) {
    const handles = new Array<Handle | undefined>(BATCH).fill(undefined);
    return {
      async run(ops) {
        for (let done = 0; done < ops; done += BATCH) {
          await spawnInto(subject, handles);
          await stopAll(subject, handles);
        }
      },
    };
  },
};
