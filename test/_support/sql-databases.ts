import { OpenDatabase } from "../../src/activation/database/actor-database.ts";
import type { SqlObserver } from "../../src/activation/database/statement-watch.ts";
import type { DatabaseSettings } from "../../src/activation/definition/keyed-settings.ts";
import type { SqlAnswer } from "../../src/activation/sql/sql-messages.ts";
import { SqlPool, type SqlPoolOptions } from "../../src/activation/sql/sql-pool.ts";
import type { WorkerEnd } from "../../src/activation/sql/sql-slot.ts";
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { DataFolder } from "./data-folder.ts";

const SETTINGS: DatabaseSettings = {
  migrations: [],
  statementTimeoutMs: 30_000,
  slowStatementMs: 1_000,
  maxBytes: 2 ** 30,
  traceSql: false,
};

/** A statement that never ends. */
export const ENDLESS =
  "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

/** What was told of one statement. */
export interface Told {
  readonly sql: string;
  readonly began: boolean;
  readonly answer: SqlAnswer | undefined;
  readonly thrown: unknown;
}

/** Databases of actors in a folder of their own, on real workers. */
export class SqlDatabases implements AsyncDisposable {
  readonly folder: DataFolder = new DataFolder();
  readonly pool: SqlPool;
  /** Why workers were replaced. */
  readonly replaced: WorkerEnd[] = [];
  readonly told: Told[] = [];
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(options: Partial<SqlPoolOptions> = {}) {
    this.#clock = options.clock ?? systemClock;
    this.pool = new SqlPool({
      maxWorkers: 1,
      replaced: (why) => this.replaced.push(why),
      ...options,
      clock: this.#clock,
    });
  }

  path(name: string): string {
    return this.folder.file(`${name}.sqlite`);
  }

  /** Opens a database, and applies its migrations. */
  async open(
    name: string,
    settings: Partial<DatabaseSettings> = {},
    file: { readonly create?: boolean; readonly maxBytes?: number } = {},
  ): Promise<OpenDatabase> {
    const database = this.unopened(name, settings, file);
    await database.migrate();
    return database;
  }

  unopened(
    name: string,
    settings: Partial<DatabaseSettings> = {},
    { create = true, maxBytes = 2 ** 30 }: { create?: boolean; maxBytes?: number } = {},
  ): OpenDatabase {
    return new OpenDatabase({
      clock: this.#clock,
      pool: this.pool,
      file: { path: this.path(name), create, maxBytes, durable: true },
      settings: { ...SETTINGS, ...settings },
      observer: this.#observer(),
    });
  }

  /** Resolves when a worker has begun with a statement whose text contains `part`. */
  async begun(part: string): Promise<void> {
    while (!this.#begun.some((sql) => sql.includes(part))) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  readonly #begun: string[] = [];

  #observer(): SqlObserver {
    return {
      watch: (sql) => {
        let began = false;
        const end = (answer: SqlAnswer | undefined, thrown: unknown): void => {
          this.told.push({ sql, began, answer, thrown });
        };
        return {
          began: () => {
            began = true;
            this.#begun.push(sql);
            for (const resolve of this.#waiting) resolve();
            this.#waiting.clear();
          },
          ended: (answer) => end(answer, undefined),
          failed: (thrown) => end(undefined, thrown),
        };
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.close();
    this.folder[Symbol.dispose]();
  }
}
