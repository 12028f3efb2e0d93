import { thrownText } from "../../base/foreign-value.ts";
import type { ActorFile } from "./actor-file.ts";
import { type SentMigration, SqlFailure } from "./sql-messages.ts";
import { OWN_TABLES } from "./sql-text.ts";
import { WorkerError } from "./worker-error.ts";

const TABLE = `${OWN_TABLES}migrations`;
const CREATE = `CREATE TABLE IF NOT EXISTS ${TABLE} (
  position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, applied_at_ms INTEGER NOT NULL
) STRICT`;

interface Applied {
  readonly name: string;
  readonly sha256: string;
}

/** Returns why the migrations of the definition do not continue those that were applied. */
function problemOf(applied: Applied, position: number, wanted: readonly SentMigration[]): string {
  const { name } = applied;
  const there = wanted.findIndex((each) => each.name === name);
  if (there === position) return `migration ${name} was edited after it had been applied`;
  if (there === -1) {
    return `migration ${name} was applied, but is missing: it was removed, renamed or squashed`;
  }
  return `migration ${name} was applied as number ${position + 1}, but is number ${there + 1} now`;
}

function requireContinued(applied: readonly Applied[], wanted: readonly SentMigration[]): void {
  for (const [position, each] of applied.entries()) {
    const expected = wanted[position];
    if (expected?.name === each.name && expected.sha256 === each.sha256) continue;
    throw new WorkerError(SqlFailure.Migration, problemOf(each, position, wanted));
  }
}

function apply(file: ActorFile, migration: SentMigration, position: number, nowMs: number): void {
  const { name, sql, sha256 } = migration;
  file.begin();
  try {
    file.runAll(sql);
    file.own(`INSERT INTO ${TABLE} VALUES (?, ?, ?, ?)`, position, name, sha256, nowMs);
    file.commit();
  } catch (thrown) {
    file.rollback();
    const text = `migration ${name} failed: ${thrownText(thrown)}`;
    throw new WorkerError(SqlFailure.Migration, text, thrown);
  }
}

/**
 * Returns the migrations that were not applied yet.
 *
 * @throws {@link WorkerError} when one that was applied has been edited, removed or moved
 */
export function pendingMigrations(
  file: ActorFile,
  migrations: readonly SentMigration[],
): readonly SentMigration[] {
  file.own(CREATE);
  const rows = file.own(`SELECT name, sha256 FROM ${TABLE} ORDER BY position`);
  requireContinued(rows as unknown as Applied[], migrations);
  return migrations.slice(rows.length);
}

/** Applies the migrations that were not applied yet, each in a transaction of its own. Returns those. */
export function applyMigrations(
  file: ActorFile,
  migrations: readonly SentMigration[],
  nowMs: number,
): readonly SentMigration[] {
  const pending = pendingMigrations(file, migrations);
  const applied = migrations.length - pending.length;
  for (const [at, migration] of pending.entries()) apply(file, migration, applied + at, nowMs);
  return pending;
}
