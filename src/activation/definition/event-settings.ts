import { ErrorCode, UsageError } from "../../base/errors.ts";
import { requireName } from "../../base/names.ts";
import { choiceOption, requireKnownKeys } from "../../base/options.ts";
import { type AnyEvents, type ReplayOptions, WhenSlow } from "./event-types.ts";
import { type Limit, settleNumbers } from "./number-limits.ts";

const MIB = 1_048_576;
const MAX_EVENTS = 100;

/** Options of an event, checked and with defaults filled in. */
export interface EventSettings {
  readonly whenSlow: WhenSlow;
}

/** Options of the replay, checked and with defaults filled in. */
export type ReplaySettings = Readonly<Record<keyof ReplayOptions, number>>;

/** Defaults and bounds of the options of a replay. */
export const REPLAY_LIMITS: Readonly<Record<keyof ReplayOptions, Limit>> = {
  events: { fallback: 1_000, min: 0, max: 100_000, integer: true },
  bytes: { fallback: MIB, min: 0, max: 64 * MIB, integer: true },
};

/**
 * Returns the checked events of a definition, by name.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`
 */
export function settleEvents(
  type: string,
  events: AnyEvents = {},
): Readonly<Record<string, EventSettings>> {
  const settled: Record<string, EventSettings> = Object.create(null);
  const entries = typeof events === "object" && events !== null ? Object.entries(events) : [];
  if (typeof events !== "object" || events === null || entries.length > MAX_EVENTS) {
    throw new UsageError(`\`events\` of ${type} must hold up to ${MAX_EVENTS} events`, {
      code: ErrorCode.InvalidOption,
    });
  }
  for (const [name, options] of entries) {
    requireName(`event of ${type}`, name);
    requireKnownKeys(`event ${name} of ${type}`, options ?? null, ["whenSlow"]);
    const choices = Object.values(WhenSlow);
    const what = `events.${name}.whenSlow`;
    const whenSlow = choiceOption(what, options.whenSlow, WhenSlow.Close, choices);
    settled[name] = Object.freeze({ whenSlow });
  }
  return Object.freeze(settled);
}

/**
 * Returns the checked replay of a definition.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function settleReplay(type: string, replay: ReplayOptions = {}): ReplaySettings {
  requireKnownKeys(`\`replay\` of ${type}`, replay, Object.keys(REPLAY_LIMITS));
  return Object.freeze(settleNumbers("replay.", REPLAY_LIMITS, replay));
}
