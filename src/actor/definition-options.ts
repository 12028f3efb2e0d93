import { ErrorCode, UsageError } from "../base/errors.ts";
import { requireName } from "../base/names.ts";
import { choiceOption, numberOption, requireFunction, requireKnownKeys } from "../base/options.ts";
import { RestartPolicy } from "../supervision/restart-policy.ts";
import { TellRelation } from "../telemetry/actor-tracing.ts";
import type { ActorOptions, ActorSettings, AnyActorDefinition } from "./definition.ts";
import { WhenFull } from "./messages.ts";

const MAX_MESSAGES = 1_000;
const DAY_MS = 86_400_000;

const HOOKS = ["state", "onStart", "onStop", "onFailure"] as const;
const MAILBOX = ["limit", "whenFull"];
const RESTART = ["policy", "maxRestarts", "windowMs"];
const TRACING = ["tell", "startsTrace", "sampleRatio"];
const OPTIONS = [
  ...HOOKS,
  "handlers",
  "mailbox",
  "restart",
  "taskDeadlineMs",
  "stopDeadlineMs",
  "tracing",
];

/**
 * Holds what `defineActor` was given against what it takes.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`
 */
export function requireOptions(
  type: string,
  options: Readonly<Partial<Record<(typeof HOOKS)[number] | "handlers", unknown>>> & {
    readonly mailbox?: unknown;
    readonly restart?: unknown;
    readonly tracing?: unknown;
  },
): void {
  const what = `definition of ${type}`;
  if (options === undefined) {
    throw new UsageError(`${what} must be an object`, { code: ErrorCode.InvalidOption });
  }
  requireKnownKeys(what, options, OPTIONS);
  requireHandlers(type, options.handlers);
  for (const hook of HOOKS) requireFunction(`${hook}\` of \`${type}`, options[hook]);
  requireKnownKeys(`\`mailbox\` of ${type}`, options.mailbox, MAILBOX);
  requireKnownKeys(`\`restart\` of ${type}`, options.restart, RESTART);
  requireKnownKeys(`\`tracing\` of ${type}`, options.tracing, TRACING);
}

/**
 * Holds that `value` is what `defineActor` returns.
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

function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "another object" : `a value of type ${typeof value}`;
}

function requireHandlers(type: string, handlers: unknown): void {
  const entries = typeof handlers === "object" && handlers !== null ? Object.entries(handlers) : [];
  if (entries.length === 0 || entries.length > MAX_MESSAGES) {
    throw new UsageError(`\`handlers\` of ${type} must hold 1 to ${MAX_MESSAGES} functions`, {
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
 * The options of a definition with their defaults filled in.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function settle<State, Input, Messages, Full extends WhenFull>(
  options: ActorOptions<State, Input, Messages, Full>,
): ActorSettings {
  const { mailbox, restart, tracing = {} } = options;
  const positive = { min: 1, max: 10_000_000, integer: true };
  const duration = { min: 0, max: DAY_MS };
  choiceOption("tracing.tell", tracing.tell, TellRelation.Child, Object.values(TellRelation));
  numberOption("tracing.sampleRatio", tracing.sampleRatio, 1, { min: 0, max: 1 });
  return {
    mailboxLimit: numberOption("mailbox.limit", mailbox?.limit, 10_000, positive),
    whenFull: choiceOption<WhenFull>(
      "mailbox.whenFull",
      mailbox?.whenFull,
      WhenFull.Reject,
      Object.values(WhenFull),
    ),
    restartPolicy: choiceOption(
      "restart.policy",
      restart?.policy,
      RestartPolicy.Permanent,
      Object.values(RestartPolicy),
    ),
    maxRestarts: numberOption("restart.maxRestarts", restart?.maxRestarts, 5, {
      min: 0,
      max: 1_000_000,
      integer: true,
    }),
    windowMs: numberOption("restart.windowMs", restart?.windowMs, 5_000, { min: 1, max: DAY_MS }),
    taskDeadlineMs: numberOption("taskDeadlineMs", options.taskDeadlineMs, 5_000, duration),
    stopDeadlineMs: numberOption("stopDeadlineMs", options.stopDeadlineMs, 30_000, {
      min: Number.MIN_VALUE,
      max: DAY_MS,
    }),
    tracing: Object.freeze({ ...tracing }),
  };
}
