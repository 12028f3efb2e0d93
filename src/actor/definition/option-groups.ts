import { DAY_MS } from "../../base/clock.ts";
import { choiceOption, numberOption, requireKnownKeys } from "../../base/options.ts";
import type { Backoff } from "../../supervision/backoff.ts";
import { RestartPolicy } from "../../supervision/restart-policy.ts";
import { SupervisionStrategy } from "../../supervision/strategy.ts";
import { TellRelation, type TypeTracing } from "../../telemetry/traces/actor-tracing.ts";
import type {
  ActorSettings,
  AnyOptions,
  RestartOptions,
  RestartSettings,
  SupervisionOptions,
  SupervisionSettings,
} from "./definition.ts";
import { WhenFull } from "./messages.ts";

/** A group of related options of a definition under one key. */
interface OptionGroup<Options, Settings> {
  readonly keys: readonly string[];
  /**
   * Checks the options and fills in defaults.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`
   */
  readonly settle: (options: Options | undefined) => Settings;
}

const BACKOFF = ["initialMs", "factor", "maxMs", "jitter"];
const DEFAULT_RESTART: RestartSettings = {
  policy: RestartPolicy.Permanent,
  maxRestarts: 5,
  windowMs: 5_000,
  backoff: undefined,
};
const RESTARTS = { min: 0, max: 1_000_000, integer: true };
const WINDOW = { min: 1, max: DAY_MS };

function settleMailbox(
  mailbox: AnyOptions["mailbox"] = {},
): Pick<ActorSettings, "mailboxLimit" | "whenFull"> {
  const limits = { min: 1, max: 10_000_000, integer: true };
  const choices = Object.values(WhenFull);
  return {
    mailboxLimit: numberOption("mailbox.limit", mailbox.limit, 10_000, limits),
    whenFull: choiceOption("mailbox.whenFull", mailbox.whenFull, WhenFull.Reject, choices),
  };
}

/**
 * Returns the checked `restart` options of a definition or child, with `defaults` filled in.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function settleRestart(
  restart: RestartOptions | undefined,
  defaults: RestartSettings,
): RestartSettings {
  if (restart === undefined) return defaults;
  requireKnownKeys("`restart`", restart, optionGroups.restart.keys);
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

function settleTracing(tracing: TypeTracing = {}): TypeTracing {
  choiceOption("tracing.tell", tracing.tell, TellRelation.Child, Object.values(TellRelation));
  numberOption("tracing.sampleRatio", tracing.sampleRatio, 1, { min: 0, max: 1 });
  return Object.freeze({ ...tracing });
}

/** All option groups. */
export interface OptionGroups {
  readonly mailbox: OptionGroup<
    AnyOptions["mailbox"],
    Pick<ActorSettings, "mailboxLimit" | "whenFull">
  >;
  readonly restart: OptionGroup<RestartOptions, RestartSettings>;
  readonly supervision: OptionGroup<SupervisionOptions, SupervisionSettings>;
  readonly tracing: OptionGroup<TypeTracing, TypeTracing>;
}

/** The option groups whose checked results form the settings of a definition. */
export const optionGroups: OptionGroups = {
  mailbox: { keys: ["limit", "whenFull"], settle: settleMailbox },
  restart: {
    keys: ["policy", "maxRestarts", "windowMs", "backoff"],
    settle: (restart) => settleRestart(restart, DEFAULT_RESTART),
  },
  supervision: { keys: ["strategy", "maxRestarts", "windowMs"], settle: settleSupervision },
  tracing: { keys: ["tell", "startsTrace", "sampleRatio"], settle: settleTracing },
};
