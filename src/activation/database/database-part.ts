import { ErrorCode, StoreError, UsageError } from "../../base/errors.ts";
import { StartupPhase } from "../../telemetry/attributes.ts";
import type { Activation } from "../activation/activation.ts";
import type { LifePart, PartFactory } from "../activation/life-part.ts";
import type { StartRecord } from "../activation/start-record.ts";
import type { ActorDatabase } from "../definition/database-types.ts";
import { databaseKey, databasePrefix, garbageKey } from "../records/record-keys.ts";
import { databaseOver } from "../sql/sql-errors.ts";
import type { OpenDatabase } from "./actor-database.ts";
import { databaseName, namesIn } from "./database-files.ts";
import type { SystemDatabases } from "./system-databases.ts";

const NOTHING = new Uint8Array(0);

/** A file that this life has created, with the revision of the note that calls it garbage. */
interface Announced {
  readonly name: string;
  readonly revision: number;
}

/** The database of one life of a keyed actor, from its start to its end. */
class DatabasePart implements LifePart<ActorDatabase> {
  readonly #activation: Activation;
  readonly #databases: SystemDatabases;
  /** Names of the stored files: at most one, unless someone else has written the store. */
  readonly #stored: readonly string[];
  #database: OpenDatabase | undefined;
  #announced: Announced | undefined;
  #isRemoved = false;
  #isClosed = false;
  #hasEnded = false;

  constructor(activation: Activation, databases: SystemDatabases) {
    this.#activation = activation;
    this.#databases = databases;
    const { loaded, owner } = activation;
    const entries = loaded?.list(databasePrefix(owner)) ?? [];
    this.#stored = namesIn(entries);
    if (this.#stored.length === entries.length) return;
    throw new StoreError(`the record of the database of ${activation.cell.actorId} is damaged`, {
      code: ErrorCode.StoreCorrupt,
    });
  }

  get member(): ActorDatabase {
    if (this.#database !== undefined) return this.#database;
    const { actorType } = this.#activation.cell;
    throw new UsageError(`${actorType} has no database; its definition needs \`database\``, {
      code: ErrorCode.NoDatabase,
    });
  }

  begin(record: StartRecord): Promise<void> | undefined {
    const { settings } = this.#activation.definition;
    return settings.database === undefined ? undefined : this.#begin(record);
  }

  async #begin(record: StartRecord): Promise<void> {
    let pending: readonly string[] = [];
    await record.internal(StartupPhase.Database, async () => {
      pending = await this.#open();
    });
    if (pending.length === 0) return;
    await record.user(StartupPhase.DatabaseMigrations, () => this.#database?.migrate());
  }

  remove(): void {
    const { writer } = this.#activation;
    for (const name of this.#names()) {
      writer.writes.delete(this.#keyOf(name));
      writer.writes.put(garbageKey(name), NOTHING);
    }
  }

  /** The files are removed once they are closed, and the commit has said that they are garbage. */
  async removed(): Promise<void> {
    this.#isRemoved = true;
    if (this.#hasEnded) await this.#databases.files.collectNoted(this.#names());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#database?.close();
    const { files } = this.#databases;
    if (this.#announced !== undefined) {
      const { name, revision } = this.#announced;
      await files.withdraw(name, revision, this.#keyOf(name));
    }
    this.#hasEnded = true;
    if (this.#isRemoved) await files.collectNoted(this.#names());
  }

  /** Opens the stored file, or creates one. Returns the migrations that were not applied yet. */
  async #open(): Promise<readonly string[]> {
    const { cell, definition, incarnation, writer } = this.#activation;
    const [stored] = this.#stored;
    const name = stored ?? databaseName(cell.actorType, incarnation);
    const settings = definition.settings.database;
    if (settings === undefined) return [];
    const create = stored === undefined;
    if (create) {
      const { files } = this.#databases;
      const revision = await files.announce(name);
      if (this.#isClosed) {
        await files.withdraw(name, revision, this.#keyOf(name));
        throw databaseOver(); // killed meanwhile
      }
      this.#announced = { name, revision };
    }
    this.#database = this.#databases.open({ cell, settings, name, create });
    const pending = await this.#database.open();
    if (this.#announced !== undefined) {
      const { revision } = this.#announced;
      // One commit: the file belongs to the actor, and is no garbage. It fails if the file was given up meanwhile.
      writer.writes.put(this.#keyOf(name), Buffer.from(name));
      writer.writes.delete(garbageKey(name), { expectedRevision: revision });
    }
    return pending;
  }

  #names(): readonly string[] {
    return this.#announced === undefined ? this.#stored : [this.#announced.name];
  }

  #keyOf(name: string): string {
    const incarnation = name.slice(name.indexOf("/") + 1, -".sqlite".length);
    return databaseKey(this.#activation.owner, incarnation);
  }
}

/** Makes the databases of the lives of a system's keyed actors. */
export function databaseParts(databases: SystemDatabases): PartFactory<ActorDatabase> {
  return {
    prefixes: (owner) => [databasePrefix(owner)],
    isNeeded: ({ definition, loaded, owner }) =>
      definition.settings.database !== undefined ||
      loaded?.list(databasePrefix(owner))?.length !== 0,
    create: (activation) => new DatabasePart(activation, databases),
  };
}
