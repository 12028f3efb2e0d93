import { ErrorCode, UsageError } from "../../base/errors.ts";
import { shownKey } from "../../store/contract/limits.ts";
import { WriteKind, type WriteOperation } from "../../store/contract/store.ts";
import type { ItemOperation } from "./bundle.ts";
import { type Home, keyIn, locate, recordsHome, SECTIONS, SINGLE_SECTIONS } from "./home.ts";

/** A condition on an item of a home. */
export interface ItemCondition {
  readonly key: string;
  readonly item: string;
  readonly expectedRevision: number;
}

/** What a batch does in one home. */
export interface HomeWrite {
  readonly home: Home;
  readonly operations: readonly ItemOperation[];
  readonly conditions: readonly ItemCondition[];
}

/** A batch, divided by homes. */
export interface BatchPlan {
  /** The home that is written at once; `undefined` if the batch has keys of the index only. */
  readonly main: HomeWrite | undefined;
  /** Keys of the index besides it. */
  readonly index: readonly HomeWrite[];
}

interface Gathered extends HomeWrite {
  readonly operations: ItemOperation[];
  readonly conditions: ItemCondition[];
}

/**
 * Returns how a batch is written. It may concern one actor, or one key, and any keys of the index.
 *
 * @throws {@link UsageError} `ERR_STORE_SPLIT_BATCH` when it concerns more
 */
export function planBatch(operations: readonly WriteOperation[]): BatchPlan {
  const homes = new Map<string, Gathered>();
  for (const operation of operations) gather(homes, operation);
  const all = [...homes.values()];
  const [main, second] = all.filter(({ home }) => !home.isIndex);
  if (main !== undefined && second !== undefined) {
    throw splitError(`both ${shownKey(main.home.name)} and ${shownKey(second.home.name)}`);
  }
  const index = all.filter((each) => each !== main);
  // A single key of the index is written as any other key is.
  if (main === undefined && index.length === 1) return { main: index[0], index: [] };
  return { main, index };
}

function gather(homes: Map<string, Gathered>, operation: WriteOperation): void {
  if (operation.kind === WriteKind.DeletePrefix) {
    const home = homeOfPrefix(operation.prefix);
    if (home === undefined) throw splitError(`all keys with ${shownKey(operation.prefix)}`);
    of(homes, home).operations.push(deletionOf(home, operation.prefix));
    return;
  }
  const { key, expectedRevision } = operation;
  const { home, item } = locate(key);
  const gathered = of(homes, home);
  if (expectedRevision !== undefined) gathered.conditions.push({ key, item, expectedRevision });
  gathered.operations.push(
    operation.kind === WriteKind.Put
      ? { kind: operation.kind, item, value: operation.value }
      : { kind: operation.kind, item },
  );
}

function of(homes: Map<string, Gathered>, home: Home): Gathered {
  const known = homes.get(home.subject);
  if (known !== undefined) return known;
  const created = { home, operations: [], conditions: [] };
  homes.set(home.subject, created);
  return created;
}

/** Returns the operation that removes the keys with `prefix` from one home. */
export function deletionOf(home: Home, prefix: string): ItemOperation {
  return {
    kind: WriteKind.DeletePrefix,
    matches: (item) => keyIn(home, item).startsWith(prefix),
  };
}

/** Returns the records that all possible keys with `prefix` belong to; `undefined` if they may have several homes. */
export function homeOfPrefix(prefix: string): Home | undefined {
  const [section = "", type = "", keyText = "", ...rest] = prefix.split("/");
  const isSection = SECTIONS.includes(section) && !SINGLE_SECTIONS.includes(section);
  if (!isSection || type === "" || keyText === "" || rest.length === 0) return undefined;
  return recordsHome(`${type}/${keyText}`);
}

function splitError(what: string): UsageError {
  return new UsageError(
    `a batch has ${what}; on NATS it is atomic only for the keys of one actor, besides due times and expiries`,
    { code: ErrorCode.StoreSplitBatch },
  );
}
