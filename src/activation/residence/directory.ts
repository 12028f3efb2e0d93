import { ErrorCode, UsageError } from "../../base/errors.ts";
import { type KeyEntries, KeyEntry } from "../activation/key-entry.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import type { Owner } from "../records/record-keys.ts";

/** Entries of one type, by the text of their keys. */
type Entries = Map<string, KeyEntry>;

/**
 * The keyed types of a system by name, and their keys that are not asleep. The only place where an entry is added or
 * removed, so there is one per key.
 */
export class Directory implements KeyEntries {
  readonly #types = new Map<string, KeyedType>();
  readonly #entries = new Map<string, Entries>();
  #size = 0;

  /** Number of keys that are not asleep. */
  get size(): number {
    return this.#size;
  }

  /** The types that are defined in this system. */
  types(): Iterable<KeyedType> {
    return this.#types.values();
  }

  type(name: string): KeyedType | undefined {
    return this.#types.get(name);
  }

  /**
   * Adds a type.
   *
   * @throws {@link UsageError} `ERR_TYPE_TAKEN` when another definition has its name
   */
  addType(type: KeyedType): void {
    const known = this.#types.get(type.name);
    if (known === type) return;
    if (known !== undefined) {
      throw new UsageError(`the system has another keyed definition of type ${type.name}`, {
        code: ErrorCode.TypeTaken,
      });
    }
    this.#types.set(type.name, type);
  }

  find(type: string, keyText: string): KeyEntry | undefined {
    return this.#entries.get(type)?.get(keyText);
  }

  /** Returns the entry of a key, which is added if the key is asleep. */
  ensure(type: KeyedType, owner: Owner): KeyEntry {
    let entries = this.#entries.get(type.name);
    if (entries === undefined) {
      entries = new Map();
      this.#entries.set(type.name, entries);
    }
    let entry = entries.get(owner.keyText);
    if (entry === undefined) {
      entry = new KeyEntry(type, owner, this);
      entries.set(owner.keyText, entry);
      this.#size += 1;
    }
    return entry;
  }

  /** All entries, or those of one type. */
  *entries(type?: string): Generator<KeyEntry> {
    if (type !== undefined) {
      yield* this.#entries.get(type)?.values() ?? [];
      return;
    }
    for (const entries of this.#entries.values()) yield* entries.values();
  }

  /** Removes an entry that nothing uses any more: its key is asleep. */
  release(entry: KeyEntry): void {
    const entries = this.#entries.get(entry.owner.type);
    if (entries?.get(entry.owner.keyText) !== entry || entry.occupied) return;
    entries.delete(entry.owner.keyText);
    this.#size -= 1;
  }
}
