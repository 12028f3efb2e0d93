import { compareKeys, lowerBound } from "../../store/contract/key-order.ts";
import { ABSENT, WriteKind } from "../../store/contract/store.ts";

/** An item of a bundle. The bytes must not be changed. */
export interface BundleItem {
  /** See `Located.item`. */
  readonly item: string;
  readonly value: Uint8Array;
  /** Sequence of the message that wrote it; {@link THIS_WRITE} if that is the message it is in. */
  readonly revision: number;
}

/** Revision of items, and sequence of a write, that the message does not know yet: its own. */
export const THIS_WRITE = 0;
/** How many writes a bundle remembers, the one that made it included. */
export const MAX_WRITES = 4;

/** A write of a bundle: 16 hexadecimal digits, and the sequence of its message. */
export interface BundleWrite {
  readonly id: string;
  readonly sequence: number;
}

/** What one home holds, as one message. Without items: it was removed. Immutable. */
export interface Bundle {
  /** Sequence of the message in its stream; 0 if there is none. */
  readonly sequence: number;
  /** Sorted by the bytes of their names. */
  readonly items: readonly BundleItem[];
  /** The last writes, the newest first. Fewer than {@link MAX_WRITES}: all since there was no message. */
  readonly writes: readonly BundleWrite[];
}

/** A home without a message. */
export const NO_BUNDLE: Bundle = { sequence: 0, items: [], writes: [] };

/** An operation on the items of one home. */
export type ItemOperation =
  | { readonly kind: typeof WriteKind.Put; readonly item: string; readonly value: Uint8Array }
  | { readonly kind: typeof WriteKind.Delete; readonly item: string }
  | { readonly kind: typeof WriteKind.DeletePrefix; readonly matches: (item: string) => boolean }
  | { readonly kind: typeof WriteKind.Check; readonly item: string };

/** What a bundle becomes. */
export interface BundleChange {
  readonly items: readonly BundleItem[];
  /** Number of items that were removed. */
  readonly deleted: number;
  /** Whether there is anything to write. */
  readonly isChanged: boolean;
}

const nameOf = ({ item }: BundleItem): string => item;

/** Returns an item of a bundle. */
export function itemOf({ items }: Bundle, item: string): BundleItem | undefined {
  const found = items[lowerBound(items, item, nameOf)];
  return found?.item === item ? found : undefined;
}

/** Returns the revision of an item; `ABSENT` if it is not there. */
export function revisionOf(bundle: Bundle, item: string): number {
  return itemOf(bundle, item)?.revision ?? ABSENT;
}

/** Returns the items whose names start with `prefix`. */
export function itemsUnder({ items }: Bundle, prefix: string): readonly BundleItem[] {
  const from = lowerBound(items, prefix, nameOf);
  let to = from;
  while (items[to]?.item.startsWith(prefix) === true) to += 1;
  return items.slice(from, to);
}

/** Applies operations, in order. Conditions are the caller's. */
export function changed(bundle: Bundle, operations: readonly ItemOperation[]): BundleChange {
  const items = new Map(bundle.items.map((each) => [each.item, each]));
  let [deleted, puts, isNew] = [0, 0, false];
  for (const operation of operations) {
    switch (operation.kind) {
      case WriteKind.Put: {
        const { item, value } = operation;
        isNew ||= !items.has(item);
        items.set(item, { item, value, revision: THIS_WRITE });
        puts += 1;
        break;
      }
      case WriteKind.Delete:
        deleted += items.delete(operation.item) ? 1 : 0;
        break;
      case WriteKind.DeletePrefix:
        for (const item of items.keys()) {
          if (operation.matches(item) && items.delete(item)) deleted += 1;
        }
        break;
      case WriteKind.Check:
        break;
    }
  }
  const all = [...items.values()];
  if (isNew) all.sort((one, other) => compareKeys(one.item, other.item));
  return { items: all, deleted, isChanged: puts + deleted > 0 };
}

/** Returns the bundle of a message that was stored with `sequence`. */
export function stored(
  { items, writes }: Pick<Bundle, "items" | "writes">,
  sequence: number,
): Bundle {
  const own = <Each extends { readonly revision: number }>(each: Each): Each =>
    each.revision === THIS_WRITE ? { ...each, revision: sequence } : each;
  return {
    sequence,
    items: items.map(own),
    writes: writes.map((write) => (write.sequence === THIS_WRITE ? { ...write, sequence } : write)),
  };
}

/** Returns the writes of a message that a writer makes of `base`. */
export function writesAfter({ writes }: Bundle, id: string): readonly BundleWrite[] {
  return [{ id, sequence: THIS_WRITE }, ...writes.slice(0, MAX_WRITES - 1)];
}

/** Stands for all writes before one that did not look at them. */
const UNKNOWN_WRITES: BundleWrite = {
  id: "0".repeat(16),
  sequence: Number.MAX_SAFE_INTEGER,
};

function isUnknown({ sequence }: BundleWrite): boolean {
  return sequence === UNKNOWN_WRITES.sequence;
}

/** Returns the writes of a message that a writer makes whatever is there. */
export function writesAfterAny(id: string): readonly BundleWrite[] {
  return [{ id, sequence: THIS_WRITE }, UNKNOWN_WRITES];
}

/**
 * What a bundle says about a write that expected the message `expected`.
 *
 * @enum
 */
export const WriteTrace = { Stored: "stored", Refused: "refused", Unclear: "unclear" } as const;
export type WriteTrace = (typeof WriteTrace)[keyof typeof WriteTrace];

/**
 * Looks for a write in the memory of a later bundle. A bundle that remembers everything since `expected` and not the write
 * proves that it was not stored, and can no longer be.
 *
 * @returns with the sequence of the write, or of the bundle if it has none
 */
export function traceOf(
  { sequence, writes }: Bundle,
  id: string,
  expected: number,
): { readonly trace: WriteTrace; readonly sequence: number } {
  const own = writes.find((write) => write.id === id);
  if (own !== undefined) return { trace: WriteTrace.Stored, sequence: own.sequence };
  const isSinceExpected = writes.some((write) => write.sequence <= expected);
  const isSinceCreation = sequence > 0 && writes.length < MAX_WRITES && !writes.some(isUnknown);
  const isWhole = isSinceExpected || isSinceCreation;
  const trace = isWhole && sequence !== expected ? WriteTrace.Refused : WriteTrace.Unclear;
  return { trace, sequence };
}
