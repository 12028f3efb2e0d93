import type { ActorSettings } from "../../actor/definition/definition.ts";
import { type SettledOptions, settle } from "../../actor/definition/definition-options.ts";
import { DAY_MS } from "../../base/clock.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { quote, requireName } from "../../base/names.ts";
import { choiceOption, requireKnownKeys } from "../../base/options.ts";
import type { DatabaseMigration, DatabaseOptions } from "./database-types.ts";
import {
  type EventSettings,
  type ReplaySettings,
  settleEvents,
  settleReplay,
} from "./event-settings.ts";
import type { AnyEvents, ReplayOptions } from "./event-types.ts";
import { type Limit, settleNumbers } from "./number-limits.ts";
import type { QueueOptions } from "./queue-types.ts";
import { SaveMode } from "./save-mode.ts";

const KIB = 1024;
const MIB = KIB * KIB;
const GIB = KIB * MIB;
const MAX_QUEUES = 100;
const MAX_MIGRATIONS = 10_000;
const MAX_MIGRATION_NAME = 200;

/** The numeric options of a keyed definition. */
type KeyedNumber =
  | "version"
  | "idleMs"
  | "startDeadlineMs"
  | "saveIntervalMs"
  | "maxStateBytes"
  | "expireAfterMs"
  | "maxSchedules";

/** Defaults and bounds of the numeric options of a keyed definition. */
export const KEYED_LIMITS: Readonly<Record<KeyedNumber, Limit>> = {
  version: { fallback: 1, min: 1, max: 2 ** 31 - 1, integer: true },
  idleMs: { fallback: 30_000, min: 1, max: Number.POSITIVE_INFINITY },
  startDeadlineMs: { fallback: 30_000, min: 1, max: DAY_MS },
  saveIntervalMs: { fallback: 1_000, min: 1, max: DAY_MS },
  maxStateBytes: { fallback: MIB, min: 64, max: 16 * MIB, integer: true },
  expireAfterMs: { fallback: Number.POSITIVE_INFINITY, min: 1_000, max: Number.POSITIVE_INFINITY },
  maxSchedules: { fallback: 1_000, min: 0, max: 100_000, integer: true },
};

/** Defaults and bounds of the options of a queue. */
export const QUEUE_LIMITS: Readonly<Record<keyof QueueOptions, Limit>> = {
  maxDepth: { fallback: 1_000, min: 1, max: 1_000_000, integer: true },
  maxBytes: { fallback: 64 * KIB, min: 2, max: MIB, integer: true },
  maxAttempts: { fallback: 5, min: 1, max: 1_000, integer: true },
};

/** The numeric options of a database. */
type DatabaseNumber = Exclude<keyof DatabaseOptions, "migrations" | "traceSql">;

/** Defaults and bounds of the numeric options of a database. */
export const DATABASE_LIMITS: Readonly<Record<DatabaseNumber, Limit>> = {
  statementTimeoutMs: { fallback: 5_000, min: 1, max: DAY_MS },
  slowStatementMs: { fallback: 100, min: 0, max: DAY_MS },
  maxBytes: { fallback: GIB, min: 64 * KIB, max: KIB * GIB, integer: true },
};

/** Limits of a queue, checked and with defaults filled in. */
export type QueueSettings = Readonly<Record<keyof QueueOptions, number>>;

/** Options of a database, checked and with defaults filled in. */
export interface DatabaseSettings extends Readonly<Record<DatabaseNumber, number>> {
  readonly migrations: readonly DatabaseMigration[];
  readonly traceSql: boolean;
}

/** Options of a keyed definition, checked and with defaults filled in; `idleMs` and `expireAfterMs` may be infinite. */
export interface KeyedSettings extends ActorSettings, Readonly<Record<KeyedNumber, number>> {
  readonly save: SaveMode;
  /** By name; without a prototype. */
  readonly queues: Readonly<Record<string, QueueSettings>>;
  /** By name; without a prototype. */
  readonly events: Readonly<Record<string, EventSettings>>;
  readonly replay: ReplaySettings;
  readonly database: DatabaseSettings | undefined;
}

/** The options of a keyed definition that become settings. */
export type KeyedSettledOptions = SettledOptions & {
  readonly [Name in KeyedNumber]?: number | undefined;
} & {
  readonly save?: SaveMode | undefined;
  readonly queues?: Readonly<Record<string, QueueOptions>> | undefined;
  readonly events?: AnyEvents | undefined;
  readonly replay?: ReplayOptions | undefined;
  readonly database?: DatabaseOptions | undefined;
  readonly migrate?: unknown;
  readonly vars?: unknown;
  readonly onHandOver?: unknown;
};

/**
 * Returns the checked options of a keyed definition with defaults filled in.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`
 */
export function settleKeyed(type: string, options: KeyedSettledOptions): KeyedSettings {
  const numbers = settleNumbers<KeyedNumber>("", KEYED_LIMITS, options);
  if (numbers.version > 1 && options.migrate === undefined) {
    throw new UsageError(`${type} has version ${numbers.version} and needs \`migrate\``, {
      code: ErrorCode.InvalidOption,
    });
  }
  if (options.onHandOver !== undefined && options.vars === undefined) {
    throw new UsageError(
      `${type} has \`onHandOver\` and needs \`vars\`, which takes what it returns`,
      {
        code: ErrorCode.InvalidOption,
      },
    );
  }
  return Object.freeze({
    ...settle(options),
    ...numbers,
    save: choiceOption("save", options.save, SaveMode.BeforeReply, Object.values(SaveMode)),
    queues: settleQueues(type, options.queues),
    events: settleEvents(type, options.events),
    replay: settleReplay(type, options.replay),
    database: settleDatabase(type, options.database),
  });
}

function settleQueues(
  type: string,
  queues: KeyedSettledOptions["queues"] = {},
): KeyedSettings["queues"] {
  const settled: Record<string, QueueSettings> = Object.create(null);
  const entries = typeof queues === "object" && queues !== null ? Object.entries(queues) : [];
  if (typeof queues !== "object" || queues === null || entries.length > MAX_QUEUES) {
    throw new UsageError(`\`queues\` of ${type} must hold up to ${MAX_QUEUES} queues`, {
      code: ErrorCode.InvalidOption,
    });
  }
  for (const [name, options] of entries) {
    requireName(`queue of ${type}`, name);
    requireKnownKeys(`queue ${name} of ${type}`, options, Object.keys(QUEUE_LIMITS));
    settled[name] = Object.freeze(settleNumbers(`queues.${name}.`, QUEUE_LIMITS, options ?? {}));
  }
  return Object.freeze(settled);
}

function settleDatabase(
  type: string,
  options: DatabaseOptions | undefined,
): DatabaseSettings | undefined {
  if (options === undefined) return undefined;
  const known = ["migrations", "traceSql", ...Object.keys(DATABASE_LIMITS)];
  requireKnownKeys(`\`database\` of ${type}`, options, known);
  const { migrations } = options;
  if (!Array.isArray(migrations) || migrations.length > MAX_MIGRATIONS) {
    throw new UsageError(`\`database.migrations\` of ${type} must be an array`, {
      code: ErrorCode.InvalidOption,
    });
  }
  return Object.freeze({
    ...settleNumbers<DatabaseNumber>("database.", DATABASE_LIMITS, options),
    migrations: Object.freeze(settleMigrations(type, migrations)),
    traceSql: options.traceSql === true,
  });
}

function settleMigrations(
  type: string,
  migrations: readonly DatabaseMigration[],
): DatabaseMigration[] {
  const names = new Set<string>();
  return migrations.map((migration, at) => {
    const what = `\`database.migrations[${at}]\` of ${type}`;
    requireKnownKeys(what, migration ?? null, ["name", "sql"]);
    const { name, sql } = migration;
    const isNamed = typeof name === "string" && name !== "" && name.length <= MAX_MIGRATION_NAME;
    if (!isNamed || typeof sql !== "string" || sql.trim() === "") {
      const rule = `a \`name\` of 1 to ${MAX_MIGRATION_NAME} characters and an \`sql\` text`;
      throw new UsageError(`${what} must have ${rule}`, { code: ErrorCode.InvalidOption });
    }
    if (names.has(name)) {
      throw new UsageError(`${what} has the name ${quote(name)} of an earlier one`, {
        code: ErrorCode.InvalidOption,
      });
    }
    names.add(name);
    return Object.freeze({ name, sql });
  });
}
