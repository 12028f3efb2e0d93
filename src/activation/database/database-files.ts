import { mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ATTACHED_FOLDER,
  attachedName,
  isAttachedName,
} from "../../store/contract/attached-files.ts";
import type { Store, StoredEntry, WriteOperation } from "../../store/contract/store.ts";
import { GARBAGE_PREFIX, garbageKey } from "../records/record-keys.ts";

/** A file and what SQLite keeps beside it. */
const SUFFIXES = ["", "-wal", "-shm", "-journal"] as const;
const NOTHING = new Uint8Array(0);

/** Returns the name of a database file: its path in the folder of databases, with `/` on every system. */
export function databaseName(type: string, incarnation: string): string {
  return `${type}/${incarnation}.sqlite`;
}

/** Returns the names in the records under `databasePrefix`. */
export function namesIn(entries: readonly StoredEntry[]): string[] {
  return entries.map(({ value }) => attachedName(value)).filter((name) => name !== undefined);
}

/** Returns the operation that notes that a file has to be removed. It belongs to the batch that removes the actor. */
export function noteGarbage(name: string): WriteOperation {
  return { kind: "put", key: garbageKey(name), value: NOTHING };
}

/**
 * The files of the databases of a system: beneath the directory of its store, or in a temporary folder for a store
 * that has none. The folder is removed when the system ends.
 */
export class DatabaseFiles {
  readonly #storeOf: () => Store;
  /** Names of files that this process has created, or is about to. */
  readonly #own = new Set<string>();
  #temporary: string | undefined;

  /** @param store creates the store, if there is none yet */
  constructor(store: () => Store) {
    this.#storeOf = store;
  }

  private get store(): Store {
    return this.#storeOf();
  }

  /** Whether the files outlive the process. */
  get durable(): boolean {
    return this.store.directory !== undefined;
  }

  path(name: string): string {
    return join(this.#root(), ATTACHED_FOLDER, name);
  }

  /**
   * Announces a file that is going to be created. It is noted as garbage until the actor that it belongs to is stored,
   * so that no file is left behind by a process that ends in between.
   *
   * @returns the revision of the note, for the batch that removes it
   */
  async announce(name: string): Promise<number> {
    this.#own.add(name);
    return this.store.put(garbageKey(name), NOTHING);
  }

  /**
   * Removes a file that was announced, unless the actor was stored meanwhile.
   *
   * @param revision as returned by {@link announce}
   * @param key of the record that says that the file belongs to the actor
   */
  async withdraw(name: string, revision: number, key: string): Promise<void> {
    try {
      const { store } = this;
      if ((await store.get(key)) !== undefined) return;
      // Makes the batch that would store the actor fail from here on.
      await store.put(garbageKey(name), NOTHING, { expectedRevision: revision });
    } catch {
      return; // it was stored, or the store cannot tell: the next start of a system looks again
    }
    await this.collect([name]);
  }

  /** Removes those of the files that are noted as garbage. */
  async collectNoted(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if ((await this.store.get(garbageKey(name))) !== undefined) await this.collect([name]);
    }
  }

  /** Removes files that are noted as garbage. What cannot be removed is left to the next start of a system. */
  async collect(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (!isAttachedName(name)) continue;
      try {
        for (const suffix of SUFFIXES) await rm(this.path(name) + suffix, { force: true });
        await this.store.delete(garbageKey(name));
        this.#own.delete(name);
      } catch {
        // The note is still there.
      }
    }
  }

  /** Removes the files that a former process has left behind. */
  async sweep(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await this.store.listKeys(
        GARBAGE_PREFIX,
        cursor === undefined ? {} : { cursor },
      );
      const names = page.keys.map((key) => key.slice(GARBAGE_PREFIX.length));
      await this.collect(names.filter((name) => !this.#own.has(name)));
      ({ cursor } = page);
    } while (cursor !== undefined);
  }

  /** Removes the temporary folder, if there is one. */
  close(): void {
    if (this.#temporary === undefined) return;
    rmSync(this.#temporary, { recursive: true, force: true });
    this.#temporary = undefined;
  }

  #root(): string {
    const { directory } = this.store;
    if (directory !== undefined) return directory;
    this.#temporary ??= mkdtempSync(join(tmpdir(), "limelight-db-"));
    return this.#temporary;
  }
}
