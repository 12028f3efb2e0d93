import type { ActorCell } from "../../actor/cell/cell.ts";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { errorMessage, ignoreRejection, isThenable } from "../../base/foreign-value.ts";
import type { StoredEntry } from "../../store/contract/store.ts";
import { StateWatch } from "../commit/state-watch.ts";
import type { AnyKeyedDefinition } from "../definition/keyed-definition.ts";
import type { MetaRecord } from "../records/meta-record.ts";
import { decodeText } from "../records/record-format.ts";
import { decodeValue } from "../records/state-text.ts";

/** Share of `maxStateBytes` from which a state is called large. */
const LARGE_SHARE = 0.5;

/** Notes whether the stored state of `cell` takes so much of what it may that this is worth a warning. */
export function noteSize(
  cell: ActorCell,
  sizeBytes: number,
  { settings }: AnyKeyedDefinition,
): void {
  const { largeStates } = cell.type.system;
  const isLarge = sizeBytes > settings.maxStateBytes * LARGE_SHARE;
  let large = largeStates.get(cell.actorType);
  if (large === undefined) {
    if (!isLarge) return;
    large = new Set();
    largeStates.set(cell.actorType, large);
  }
  if (isLarge) large.add(cell);
  else large.delete(cell);
}

/** Returns what notices the changes of a state. */
export function watchState({ settings }: AnyKeyedDefinition): StateWatch {
  return new StateWatch({ root: "state", maxBytes: settings.maxStateBytes });
}

/**
 * Returns the stored state, of whatever version, and makes `watch` compare with it. A state of an older version has
 * changed by its migration, which is stored at once.
 *
 * @param entry the record of the state, if there is one
 * @throws {@link LimelightError} `ERR_STATE_NEWER`
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`
 */
export function readState(
  { type, settings }: AnyKeyedDefinition,
  meta: MetaRecord,
  entry: StoredEntry | undefined,
  watch: StateWatch,
): unknown {
  if (meta.version > settings.version) {
    const text = `the state of ${type} was stored as version ${meta.version}; this version is ${settings.version}`;
    throw new LimelightError(text, { code: ErrorCode.StateNewer });
  }
  if (entry === undefined) return undefined;
  const { key, value } = entry;
  if (meta.version === settings.version) watch.loaded(decodeText(key, value));
  return decodeValue(key, value);
}

/**
 * Returns a state of the current version.
 *
 * @throws {@link LimelightError} `ERR_STATE_MIGRATION`
 */
export function migrateState(
  { type, options, settings }: AnyKeyedDefinition,
  old: unknown,
  from: number,
): unknown {
  try {
    return requireNoPromise("migrate", options.migrate?.(old, from));
  } catch (thrown) {
    const cause = toError(thrown);
    const text = `the state of ${type} could not be migrated from version ${from} to ${settings.version}`;
    throw new LimelightError(`${text}: ${errorMessage(cause)}`, {
      code: ErrorCode.StateMigration,
      cause,
    });
  }
}

/**
 * Returns what a function of the definition has returned as a state.
 *
 * @throws {@link LimelightError} `ERR_STATE_INVALID` for a promise, which could not be stored either
 */
export function requireNoPromise(name: "state" | "migrate", value: unknown): unknown {
  if (!isThenable(value)) return value;
  ignoreRejection(value); // of a function that is refused anyway
  const text = `\`${name}\` has returned a promise; it is synchronous, unlike \`onCreate\` and \`onWake\``;
  throw new LimelightError(text, { code: ErrorCode.StateInvalid });
}
