import { StoreError } from "../../src/base/errors.ts";
import { acceptListing, requireKey } from "../../src/store/contract/limits.ts";
import type { Store, StoredEntry, WriteOperation } from "../../src/store/contract/store.ts";
import { WriteKind } from "../../src/store/contract/store.ts";

/** A view of a store in which all keys belong to one actor: as values of its `c.kv`. */
export function storeWithinOwner(store: Store, owner: string): Store {
  const start = `v/${owner}/`;
  const inside = (key: string): string => {
    requireKey(key);
    return `${start}${key}`;
  };
  const outside = (entry: StoredEntry): StoredEntry => ({
    ...entry,
    key: entry.key.slice(start.length),
  });
  const within = (prefix: string): string => {
    acceptListing(prefix, {});
    return `${start}${prefix}`;
  };
  const paged = <Options extends { readonly cursor?: string }>(options: Options): Options =>
    options.cursor === undefined ? options : { ...options, cursor: `${start}${options.cursor}` };
  const cursorOf = (cursor: string | undefined): string | undefined => cursor?.slice(start.length);
  const moved = (operation: WriteOperation): WriteOperation =>
    operation.kind === WriteKind.DeletePrefix
      ? { ...operation, prefix: within(operation.prefix) }
      : { ...operation, key: inside(operation.key) };
  const write = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof StoreError) || error.key === undefined) throw error;
      const { code, message } = error;
      throw new StoreError(message, { code, key: error.key.slice(start.length), cause: error });
    }
  };
  return {
    get: async (key) => {
      const entry = await store.get(inside(key));
      return entry === undefined ? undefined : outside(entry);
    },
    load: async ({ keys = [], prefixes = [], ...request }) => {
      const moving = { keys: keys.map(inside), prefixes: prefixes.map(within) };
      const { entries, partialPrefixes } = await store.load({ ...request, ...moving });
      return {
        entries: entries.map(outside),
        partialPrefixes: partialPrefixes.map((prefix) => prefix.slice(start.length)),
      };
    },
    list: async (prefix, options = {}) => {
      const page = await store.list(within(prefix), paged(options));
      return { entries: page.entries.map(outside), cursor: cursorOf(page.cursor) };
    },
    listKeys: async (prefix, options = {}) => {
      const page = await store.listKeys(within(prefix), paged(options));
      return {
        keys: page.keys.map((key) => key.slice(start.length)),
        cursor: cursorOf(page.cursor),
      };
    },
    put: async (key, value, options) => write(() => store.put(inside(key), value, options)),
    delete: async (key, options) => write(() => store.delete(inside(key), options)),
    deletePrefix: async (prefix) => store.deletePrefix(within(prefix)),
    batch: async (operations) => write(() => store.batch(operations.map(moved))),
    close: () => store.close(),
  };
}
