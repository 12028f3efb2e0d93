import { ActorFile } from "./actor-file.ts";
import type { SqlFile } from "./sql-messages.ts";

/** The databases that a worker has open, of which the one that was not used for the longest time is closed first. */
export class OpenFiles {
  readonly #limit: number;
  /** Oldest use first. */
  readonly #files = new Map<string, ActorFile>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#files.size;
  }

  /** Returns the file, opened if it is not open. */
  open(wanted: SqlFile): ActorFile {
    const known = this.#files.get(wanted.path);
    this.#files.delete(wanted.path);
    const file = known ?? new ActorFile(wanted);
    this.#files.set(wanted.path, file);
    this.#closeOldest(file);
    return file;
  }

  close(path: string): void {
    const file = this.#files.get(path);
    this.#files.delete(path);
    file?.[Symbol.dispose]();
  }

  closeAll(): void {
    for (const path of this.#files.keys()) this.close(path);
  }

  /** A file with an open transaction stays: closing it would roll the transaction back. */
  #closeOldest(except: ActorFile): void {
    for (const file of this.#files.values()) {
      if (this.#files.size <= this.#limit) return;
      if (file !== except && !file.inTransaction) this.close(file.path);
    }
  }
}
