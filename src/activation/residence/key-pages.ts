import type {
  KeyedType,
  KeyListing,
  KeyRow,
  KeysOptions,
} from "../../actor/definition/keyed-address.ts";
import { choiceOption, numberOption, optionKeys, requireKnownKeys } from "../../base/options.ts";
import type { Store, StoredEntry } from "../../store/contract/store.ts";
import { decodeActorKey, encodeKeyPrefix } from "../definition/actor-key.ts";
import { decodeMeta } from "../records/meta-record.ts";
import { metaKey, metaPrefix, parseMetaKey } from "../records/record-keys.ts";

/** What a listing needs of a system. */
export interface KeyPagesParts {
  readonly store: Store;
  /** Whether the actor of a key is in memory. */
  isAwake(type: string, keyText: string): boolean;
  /** Returns which of these keys are awake in other processes; `undefined` if none can be. */
  readonly awakeElsewhere?:
    | ((type: string, keyTexts: readonly string[]) => Promise<ReadonlySet<string>>)
    | undefined;
  /** The texts of all keys of a type whose actor is in memory, in any order. */
  awakeKeys(type: string): Iterable<string>;
  /** Called for a record that cannot be read. It is left out. */
  damaged(type: string, error: unknown): void;
}

/** A page of the keys of one type, as the store and the actors in memory say. */
export interface KeyQuery {
  readonly type: string;
  readonly state: KeysOptions["state"];
  /** What the text of a key begins with. */
  readonly textPrefix: string;
  readonly cursor: string | undefined;
  readonly limit: number;
}

const OPTIONS = optionKeys<KeysOptions>({ state: true, prefix: true, cursor: true, limit: true });
const NONE: ReadonlySet<string> = new Set();
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/**
 * Returns a page of stored keys in order. Reads the records only: no actor is woken, and none stays awake for it.
 *
 * @throws {@link UsageError} `ERR_INVALID_KEY`, `ERR_INVALID_OPTION`
 */
export async function listKeys(
  parts: KeyPagesParts,
  type: string,
  options: KeysOptions = {},
): Promise<KeyListing> {
  requireKnownKeys("`keys`", options, OPTIONS);
  const { state, prefix, cursor } = options;
  const limits = { min: 1, max: MAX_LIMIT, integer: true };
  return listTexts(parts, {
    type,
    state: state === undefined ? undefined : choiceOption("state", state, state, STATES),
    textPrefix: encodeKeyPrefix(prefix),
    cursor,
    limit: numberOption("limit", options.limit, DEFAULT_LIMIT, limits),
  });
}

const STATES: readonly NonNullable<KeysOptions["state"]>[] = ["awake", "asleep"];

/** The same, with a prefix of the text of keys. */
export function listTexts(parts: KeyPagesParts, query: KeyQuery): Promise<KeyListing> {
  return query.state === "awake" ? listAwake(parts, query) : listStored(parts, query);
}

async function listStored(parts: KeyPagesParts, query: KeyQuery): Promise<KeyListing> {
  const { type, state, textPrefix, limit, cursor } = query;
  const options = cursor === undefined ? { limit } : { limit, cursor };
  const page = await parts.store.list(metaPrefix(type, textPrefix), options);
  const awake = await awakeIn(parts, type, page.entries);
  const rows = page.entries.flatMap((entry) => rowOf(parts, entry, awake) ?? []);
  const keys = state === "asleep" ? rows.filter(({ awake }) => !awake) : rows;
  return { keys, cursor: page.cursor };
}

/** Returns the texts of the keys that are awake in other processes. */
async function awakeIn(
  { awakeElsewhere }: KeyPagesParts,
  type: string,
  entries: readonly StoredEntry[],
): Promise<ReadonlySet<string>> {
  if (awakeElsewhere === undefined || entries.length === 0) return NONE;
  return await awakeElsewhere(
    type,
    entries.map(({ key }) => parseMetaKey(key)?.keyText ?? ""),
  );
}

/** The actors in memory say which keys, so that few of them among many sleeping ones are found at once. */
async function listAwake(parts: KeyPagesParts, query: KeyQuery): Promise<KeyListing> {
  const { type, textPrefix, limit, cursor } = query;
  const after = cursor === undefined ? undefined : Buffer.from(cursor);
  const all = [...parts.awakeKeys(type)]
    .filter((text) => text.startsWith(textPrefix))
    .map((text) => Buffer.from(metaKey({ type, keyText: text })))
    .filter((key) => after === undefined || key.compare(after) > 0)
    .sort((one, other) => one.compare(other));
  const page = all.slice(0, limit).map(String);
  const { entries } = page.length === 0 ? { entries: [] } : await parts.store.load({ keys: page });
  // One that was created and not stored yet is left out, and so is one that has ended meanwhile.
  const keys = entries.flatMap((entry) => rowOf(parts, entry) ?? []).filter(({ awake }) => awake);
  return { keys, cursor: all.length > limit ? page.at(-1) : undefined };
}

function rowOf(
  parts: KeyPagesParts,
  { key, value }: StoredEntry,
  awakeElsewhere: ReadonlySet<string> = NONE,
): KeyRow | undefined {
  const owner = parseMetaKey(key);
  const decoded = owner === undefined ? undefined : decodeActorKey(owner.keyText);
  if (owner === undefined || decoded === undefined) return undefined;
  try {
    const { generation, usedAtMs, stateBytes, schedules, queued } = decodeMeta(key, value);
    const { keyText } = owner;
    const awake = parts.isAwake(owner.type, keyText) || awakeElsewhere.has(keyText);
    return { key: decoded, awake, generation, usedAtMs, stateBytes, schedules, queued };
  } catch (error) {
    parts.damaged(owner.type, error);
    return undefined;
  }
}

/** Returns the name of a type that is given by its definition or its name. */
export function typeNameOf(type: KeyedType): string {
  return typeof type === "string" ? type : type.type;
}
