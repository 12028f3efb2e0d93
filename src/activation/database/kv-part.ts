import type { Activation } from "../activation/activation.ts";
import type { LifePart, PartFactory } from "../activation/life-part.ts";
import type { ActorKv } from "../definition/storage-types.ts";
import { LifeKv } from "./actor-kv.ts";

function createPart(activation: Activation): LifePart<ActorKv> {
  const { owner, store, writer } = activation;
  const kv = new LifeKv({
    owner,
    store,
    writes: writer.writes,
    isEmpty: () => activation.isNew && activation.loaded !== undefined,
    changed: () => writer.watchTasks(),
  });
  const close = (): undefined => {
    kv.close();
  };
  return { member: kv, close };
}

/** The values of the lives of keyed actors, as parts of these. */
export const kvParts: PartFactory<ActorKv> = {
  isNeeded: () => false, // reads and writes begin with a call
  create: createPart,
};
