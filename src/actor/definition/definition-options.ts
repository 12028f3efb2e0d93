import { DAY_MS } from "../../base/clock.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { requireName } from "../../base/names.ts";
import { numberOption, requireFunction, requireKnownKeys } from "../../base/options.ts";
import type { ActorSettings, AnyActorDefinition, AnyOptions } from "./definition.ts";
import { optionGroups } from "./option-groups.ts";

const MAX_MESSAGES = 1_000;
const HOOKS = ["state", "onStart", "onStop", "onFailure", "onTerminated"] as const;
const DURATIONS = ["taskDeadlineMs", "stopDeadlineMs", "stuckAfterMs"] as const;
const COMMON = ["messages", "handlers", ...DURATIONS, ...Object.keys(optionGroups)];

/** Names of the options that a kind of definition has besides the common ones. */
export interface OptionNames {
  /** Options that are functions. */
  readonly hooks: readonly string[];
  readonly others: readonly string[];
  /** Minimum number of handlers. */
  readonly minHandlers: number;
}

const SPAWNED: OptionNames = { hooks: HOOKS, others: [], minHandlers: 1 };

/** The options that {@link settle} turns into settings. */
export type SettledOptions = Pick<
  AnyOptions,
  keyof typeof optionGroups | (typeof DURATIONS)[number]
>;

/**
 * Checks the arguments of `defineActor`, or those of another kind of definition.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`
 */
export function requireOptions(
  type: string,
  options: Readonly<Partial<Record<"messages" | "handlers" | keyof typeof optionGroups, unknown>>>,
  { hooks, others, minHandlers }: OptionNames = SPAWNED,
): void {
  const what = `definition of ${type}`;
  if (options === undefined) {
    throw new UsageError(`${what} must be an object`, { code: ErrorCode.InvalidOption });
  }
  requireKnownKeys(what, options, [...hooks, ...others, ...COMMON]);
  requireDeclaration(type, options.messages);
  requireHandlers(type, options.handlers, minHandlers);
  for (const hook of hooks) {
    requireFunction(`${hook}\` of \`${type}`, (options as Record<string, unknown>)[hook]);
  }
  for (const [name, { keys }] of Object.entries(optionGroups)) {
    requireKnownKeys(`\`${name}\` of ${type}`, options[name as keyof typeof optionGroups], keys);
  }
}

/**
 * Checks that `value` was returned by `defineActor`.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function requireDefinition(value: unknown): asserts value is AnyActorDefinition {
  const { type, options, settings } = (value ?? {}) as Partial<AnyActorDefinition>;
  const made = typeof type === "string" && typeof options?.handlers === "object";
  if (made && typeof settings === "object") return;
  throw new UsageError(`what \`defineActor\` returns is needed, not ${describe(value)}`, {
    code: ErrorCode.InvalidOption,
  });
}

/**
 * Checks that a definition is one whose actors are spawned, not addressed by a key.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function requireSpawnable(definition: unknown): void {
  const { keyed, type } = (definition ?? {}) as {
    readonly keyed?: unknown;
    readonly type?: unknown;
  };
  if (keyed !== true) return;
  throw new UsageError(`actors of ${type} have keys: use \`system.get\` instead of a spawn`, {
    code: ErrorCode.InvalidOption,
  });
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "another object" : `a value of type ${typeof value}`;
}

/** Messages are declared by a type: a value with content is a mistake, such as handlers under this key. */
function requireDeclaration(type: string, messages: unknown): void {
  if (messages === undefined) return;
  const empty = typeof messages === "object" && messages !== null;
  if (empty && Object.keys(messages).length === 0) return;
  throw new UsageError(`\`messages\` of ${type} must be an empty object, \`{} as Messages\``, {
    code: ErrorCode.InvalidOption,
  });
}

function requireHandlers(type: string, handlers: unknown, min: number): void {
  const isObject = typeof handlers === "object" && handlers !== null;
  const entries = isObject ? Object.entries(handlers) : [];
  if (!isObject || entries.length < min || entries.length > MAX_MESSAGES) {
    throw new UsageError(`\`handlers\` of ${type} must hold ${min} to ${MAX_MESSAGES} functions`, {
      code: ErrorCode.InvalidOption,
    });
  }
  for (const [name, handler] of entries) {
    requireName(`message of ${type}`, name);
    if (typeof handler === "function") continue;
    throw new UsageError(`handler ${name} of ${type} must be a function`, {
      code: ErrorCode.InvalidOption,
    });
  }
}

/**
 * Returns the checked options of a definition with defaults filled in, group by group.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function settle(options: SettledOptions): ActorSettings {
  const { mailbox, restart, supervision, tracing } = optionGroups;
  const { taskDeadlineMs, stopDeadlineMs, stuckAfterMs } = options;
  const positive = { min: Number.MIN_VALUE, max: DAY_MS };
  return {
    ...mailbox.settle(options.mailbox),
    restart: restart.settle(options.restart),
    supervision: supervision.settle(options.supervision),
    taskDeadlineMs: numberOption("taskDeadlineMs", taskDeadlineMs, 5_000, { min: 0, max: DAY_MS }),
    stopDeadlineMs: numberOption("stopDeadlineMs", stopDeadlineMs, 30_000, positive),
    stuckAfterMs: numberOption("stuckAfterMs", stuckAfterMs, 5_000, { min: 1, max: DAY_MS }),
    tracing: tracing.settle(options.tracing),
  };
}
