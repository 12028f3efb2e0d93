import { StoreError } from "../../src/base/errors.ts";
import { type Store, WriteKind } from "../../src/store/contract/store.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";

/** Returns a store that has no space for what the type `forgetful` stores. */
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
      const refused = operations.some(
        (each) => each.kind === WriteKind.Put && each.key.includes("/forgetful/"),
      );
      if (refused) throw new StoreError("no space is left", { code: "ERR_STORE_FULL" });
      return await memory.batch(operations);
    },
    close: () => memory.close(),
  };
}
