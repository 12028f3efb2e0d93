import { setTimeout as delay } from "node:timers/promises";
import { StoreError } from "../../src/base/errors.ts";
import { type Store, WriteKind } from "../../src/store/contract/store.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";

/** How long a commit of the type `sluggish` takes. */
const SLOW_MS = 400;

/** Returns a store that has no space for what the type `forgetful` stores, and is slow with that of `sluggish`. */
export function faultyStore(): Store {
  const memory = new MemoryStore();
  return {
    get: (key) => memory.get(key),
    load: (request) => memory.load(request),
    list: (prefix, options) => memory.list(prefix, options),
    listKeys: (prefix, options) => memory.listKeys(prefix, options),
    put: (key, value, options) => memory.put(key, value, options),
    delete: (key, options) => memory.delete(key, options),
    deletePrefix: (prefix) => memory.deletePrefix(prefix),
    async batch(operations) {
      const isOf = (type: string): boolean =>
        operations.some((each) => each.kind === WriteKind.Put && each.key.includes(`/${type}/`));
      if (isOf("forgetful")) throw new StoreError("no space is left", { code: "ERR_STORE_FULL" });
      if (isOf("sluggish")) await delay(SLOW_MS);
      return await memory.batch(operations);
    },
    close: () => memory.close(),
  };
}
