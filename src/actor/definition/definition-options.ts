import { ErrorCode, UsageError } from "../../base/errors.ts";
import { requireName } from "../../base/names.ts";
import {
  choiceOption,
  numberOption,
  requireFunction,
  requireKnownKeys,
} from "../../base/options.ts";
import type { Backoff } from "../../supervision/backoff.ts";
import { RestartPolicy } from "../../supervision/restart-policy.ts";
import { SupervisionStrategy } from "../../supervision/strategy.ts";
import { TellRelation } from "../../telemetry/actor-tracing.ts";
import type {
  ActorOptions,
  ActorSettings,
  AnyActorDefinition,
  RestartOptions,
  RestartSettings,
  SupervisionOptions,
  SupervisionSettings,
} from "./definition.ts";
import { WhenFull } from "./messages.ts";

const MAX_MESSAGES = 1_000;
const DAY_MS = 86_400_000;

const HOOKS = ["state", "onStart", "onStop", "onFailure", "onLinkDied"] as const;
const MAILBOX = ["limit", "whenFull"];
const RESTART = ["policy", "maxRestarts", "windowMs", "backoff"];
const BACKOFF = ["initialMs", "factor", "maxMs", "jitter"];
const SUPERVISION = ["strategy", "maxRestarts", "windowMs"];
const TRACING = ["tell", "startsTrace", "sampleRatio"];
const OPTIONS = [
  ...HOOKS,
  "handlers",
  "mailbox",
  "restart",
  "supervision",
  "taskDeadlineMs",
  "stopDeadlineMs",
  "stuckAfterMs",
  "tracing",
];

const DEFAULT_RESTART: RestartSettings = {
  policy: RestartPolicy.Permanent,
  maxRestarts: 5,
  windowMs: 5_000,
  backoff: undefined,
};
const RESTARTS = { min: 0, max: 1_000_000, integer: true };
const WINDOW = { min: 1, max: DAY_MS };

/**
 * Holds what `defineActor` was given against what it takes.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`
 */
export function requireOptions(
  type: string,
  options: Readonly<Partial<Record<(typeof HOOKS)[number] | "handlers", unknown>>> & {
    readonly mailbox?: unknown;
    readonly supervision?: unknown;
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
  requireKnownKeys(`\`supervision\` of ${type}`, options.supervision, SUPERVISION);
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
  const { mailbox, restart, supervision, tracing = {} } = options;
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
    restart: settleRestart(restart, DEFAULT_RESTART),
    supervision: settleSupervision(supervision),
    taskDeadlineMs: numberOption("taskDeadlineMs", options.taskDeadlineMs, 5_000, duration),
    stopDeadlineMs: numberOption("stopDeadlineMs", options.stopDeadlineMs, 30_000, {
      min: Number.MIN_VALUE,
      max: DAY_MS,
    }),
    stuckAfterMs: numberOption("stuckAfterMs", options.stuckAfterMs, 5_000, {
      min: 1,
      max: DAY_MS,
    }),
    tracing: Object.freeze({ ...tracing }),
  };
}

/**
 * `restart` of a definition, or of one child, with `defaults` filled in.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function settleRestart(
  restart: RestartOptions | undefined,
  defaults: RestartSettings,
): RestartSettings {
  if (restart === undefined) return defaults;
  requireKnownKeys("`restart`", restart, RESTART);
  const { policy, maxRestarts, windowMs, backoff } = restart;
  const policies = Object.values(RestartPolicy);
  return Object.freeze({
    policy: choiceOption("restart.policy", policy, defaults.policy, policies),
    maxRestarts: numberOption("restart.maxRestarts", maxRestarts, defaults.maxRestarts, RESTARTS),
    windowMs: numberOption("restart.windowMs", windowMs, defaults.windowMs, WINDOW),
    backoff: backoff === undefined ? defaults.backoff : settleBackoff(backoff),
  });
}

function settleBackoff(backoff: Partial<Backoff>): Backoff {
  requireKnownKeys("`restart.backoff`", backoff, BACKOFF);
  const delay = { min: 1, max: DAY_MS };
  const initialMs = numberOption("restart.backoff.initialMs", backoff.initialMs, 100, delay);
  const longest = { ...delay, min: initialMs };
  const maxMs = Math.max(initialMs, 10_000);
  return Object.freeze({
    initialMs,
    factor: numberOption("restart.backoff.factor", backoff.factor, 2, { min: 1, max: 100 }),
    maxMs: numberOption("restart.backoff.maxMs", backoff.maxMs, maxMs, longest),
    jitter: numberOption("restart.backoff.jitter", backoff.jitter, 0.2, { min: 0, max: 1 }),
  });
}

function settleSupervision(supervision: SupervisionOptions = {}): SupervisionSettings {
  const { strategy, maxRestarts, windowMs } = supervision;
  const { OneForOne } = SupervisionStrategy;
  const strategies = Object.values(SupervisionStrategy);
  const unlimited = Number.POSITIVE_INFINITY;
  return Object.freeze({
    strategy: choiceOption("supervision.strategy", strategy, OneForOne, strategies),
    maxRestarts: numberOption("supervision.maxRestarts", maxRestarts, unlimited, RESTARTS),
    windowMs: numberOption("supervision.windowMs", windowMs, 5_000, WINDOW),
  });
}
