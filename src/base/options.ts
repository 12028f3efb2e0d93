import { ErrorCode, UsageError } from "./errors.ts";

/** Bounds of a numeric option; `integer` refuses fractions. */
export interface NumberBounds {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/**
 * `value` when it is a number within `bounds`, or `fallback` when it is `undefined`.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` otherwise
 */
export function numberOption(
  option: string,
  value: number | undefined,
  fallback: number,
  bounds: NumberBounds,
): number {
  if (value === undefined) return fallback;
  const { min, max, integer } = bounds;
  const fits = typeof value === "number" && value >= min && value <= max;
  if (fits && (integer !== true || Number.isInteger(value))) return value;
  throw new UsageError(
    `\`${option}\` must be ${integer === true ? "an integer" : "a number"} from ${min} to ${max}, not ${String(value)}`,
    { code: ErrorCode.InvalidOption },
  );
}

/**
 * `value` when it is one of `choices`, or `fallback` when it is `undefined`.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` otherwise
 */
export function choiceOption<Choice extends string>(
  option: string,
  value: Choice | undefined,
  fallback: Choice,
  choices: readonly Choice[],
): Choice {
  if (value === undefined) return fallback;
  if (choices.includes(value)) return value;
  throw new UsageError(`\`${option}\` must be one of ${choices.join(", ")}, not ${String(value)}`, {
    code: ErrorCode.InvalidOption,
  });
}
