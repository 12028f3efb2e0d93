import fc from "fast-check";
import { type Store, WriteKind, type WriteOperation } from "../../src/store/contract/store.ts";

/** Parts of keys that are easy to get wrong: order of surrogates, NUL, names of objects, prefixes of each other. */
const PARTS = ["a", "b", "ab", "\0", "\u{10000}", "\uE000", "\uFFFD", "я", "😀", "__proto__", "/"];

export const keys: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(""));
export const prefixes: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...PARTS), { maxLength: 2 })
  .map((parts) => parts.join(""));
const values = fc.uint8Array({ maxLength: 8 });

const puts = fc.record({ kind: fc.constant(WriteKind.Put), key: keys, value: values });
const deletes = fc.record({ kind: fc.constant(WriteKind.Delete), key: keys });
const clears = fc.record({ kind: fc.constant(WriteKind.DeletePrefix), prefix: prefixes });

export const operations: fc.Arbitrary<WriteOperation> = fc.oneof(
  { weight: 4, arbitrary: puts },
  { weight: 2, arbitrary: deletes },
  { weight: 1, arbitrary: clears },
);

/** Compares keys as bytes, by another way than the code under test. */
export function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** What a store must hold, as a plain map. */
export class StoreModel {
  readonly entries: Map<string, Buffer> = new Map();

  apply(batch: readonly WriteOperation[]): void {
    for (const operation of batch) {
      switch (operation.kind) {
        case WriteKind.Put:
          this.entries.set(operation.key, Buffer.from(operation.value));
          break;
        case WriteKind.Delete:
          this.entries.delete(operation.key);
          break;
        case WriteKind.DeletePrefix:
          for (const key of this.keys(operation.prefix)) this.entries.delete(key);
          break;
        case WriteKind.Check:
          break;
      }
    }
  }

  keys(prefix: string): string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith(prefix)).toSorted(byBytes);
  }

  list(prefix: string): [string, string][] {
    return this.keys(prefix).map((key) => [key, this.entries.get(key)?.toString("hex") ?? ""]);
  }
}

/** All entries of a prefix, read page by page. */
export async function listAll(
  store: Store,
  prefix: string,
  limit: number = 100,
): Promise<[string, string][]> {
  const found: [string, string][] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(prefix, cursor === undefined ? { limit } : { limit, cursor });
    for (const { key, value } of page.entries)
      found.push([key, Buffer.from(value).toString("hex")]);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** All keys of a prefix, read page by page. */
export async function listAllKeys(store: Store, prefix: string, limit: number): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listKeys(prefix, cursor === undefined ? { limit } : { limit, cursor });
    found.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}
