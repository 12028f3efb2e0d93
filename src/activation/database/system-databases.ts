import type { ActorType } from "../../actor/cell/actor-type.ts";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { write } from "../../actor/lifecycle/logging.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import type { Store } from "../../store/contract/store.ts";
import type { DatabaseSettings } from "../definition/keyed-settings.ts";
import { SqlPool } from "../sql/sql-pool.ts";
import { WorkerEnd } from "../sql/sql-slot.ts";
import { OpenDatabase } from "./actor-database.ts";
import { CellObserver } from "./cell-observer.ts";
import { DatabaseFiles } from "./database-files.ts";
import { StatementPoints } from "./statement-points.ts";

/** Which database to open. */
export interface DatabaseRequest {
  readonly cell: ActorCell;
  readonly settings: DatabaseSettings;
  /** Name of the file, as of `databaseName`. */
  readonly name: string;
  /** Whether the file is created if it is not there. */
  readonly create: boolean;
}

/** The databases of the actors of a system: their files and the workers that run their statements. */
export class SystemDatabases {
  readonly files: DatabaseFiles;
  readonly #system: SystemRuntime;
  readonly #points = new WeakMap<ActorType, StatementPoints>();
  #pool: SqlPool | undefined;
  #sweeping: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(system: SystemRuntime, store: () => Store) {
    this.#system = system;
    this.files = new DatabaseFiles(store);
  }

  /** Number of databases that are open. */
  get size(): number {
    return this.#pool?.size ?? 0;
  }

  /** Returns the database of a life. Its file is opened by its first request. */
  open({ cell, settings, name, create }: DatabaseRequest): OpenDatabase {
    const { durable } = this.files;
    return new OpenDatabase({
      clock: this.#system.clock,
      pool: this.#workers(),
      file: { path: this.files.path(name), create, maxBytes: settings.maxBytes, durable },
      settings,
      observer: new CellObserver(cell, settings, this.#pointsOf(cell.type)),
    });
  }

  /** Removes the files that a former process has left behind, beside everything else. */
  sweep(): void {
    this.#sweeping = this.files.sweep().catch((err) => {
      const fields = { event: "actor.sql.files_left", err };
      write(this.#system.logger, "warn", fields, "files of removed databases could not be listed");
    });
  }

  /** Ends the workers. Databases must have been closed before; statements of abandoned ones are rejected. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#sweeping;
    await this.#pool?.close();
    this.files.close();
  }

  #workers(): SqlPool {
    this.#pool ??= new SqlPool({
      clock: this.#system.clock,
      replaced: (why, err) => this.#warn(why, err),
    });
    return this.#pool;
  }

  #pointsOf(type: ActorType): StatementPoints {
    const known = this.#points.get(type);
    if (known !== undefined) return known;
    const points = new StatementPoints(this.#system.book, type.metrics);
    this.#points.set(type, points);
    return points;
  }

  #warn(why: WorkerEnd, err: Error): void {
    switch (why) {
      case WorkerEnd.Stopped:
        this.#system.warn(
          "actor.sql.stopped",
          "",
          {},
          "SQL statement stopped, its worker is replaced",
        );
        break;
      case WorkerEnd.Crashed:
        this.#system.warn("actor.sql.worker_ended", "", { err }, "SQL worker ended");
        break;
    }
  }
}
