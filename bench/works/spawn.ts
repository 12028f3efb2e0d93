import { setImmediate as nextTurn } from "node:timers/promises";
import type { Subject } from "../subject.ts";
import { spawnInto, stopAll } from "./spawning.ts";
import { type Work, WorkId } from "./work.ts";

export const spawn: Work = {
  id: WorkId.Spawn,
  description: "spawn 100,000 actors and keep them",
  fullOps: 100_000,
  step: 100,
  async prepare<Handle>(subject: Subject<Handle>) {
    let handles: (Handle | undefined)[] = [];
    const between = async (): Promise<void> => {
      await stopAll(subject, handles);
      handles = [];
      await nextTurn();
    };
    return {
      ...(subject.mostActors !== undefined && { mostOps: subject.mostActors }),
      between,
      async run(ops) {
        handles = new Array<Handle | undefined>(ops).fill(undefined);
        await spawnInto(subject, handles);
      },
      async bytesPerActor(actors) {
        await between();
        // The array of handles belongs to the harness, so it is made before the first reading.
        handles = new Array<Handle | undefined>(actors).fill(undefined);
        const before = await heldBytes();
        await spawnInto(subject, handles);
        const after = await heldBytes();
        await between();
        return (after - before) / actors;
      },
    };
  },
};

/** Bytes still held once start-up work that was put off has run and the garbage is gone. */
async function heldBytes(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    await nextTurn();
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
