import { ErrorCode, UsageError } from "./errors.ts";
import { primitiveText } from "./foreign-value.ts";
import { quote } from "./names.ts";

/** Bounds of a numeric option; `integer` refuses fractions. */
export interface NumberBounds {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/** Maximum length of a refused text in an error. */
const MAX_SHOWN = 70;

/** Returns a refused value for an error. Texts are in quotes, so that `"5"` does not look like the number. */
function shown(value: unknown): string {
  if (typeof value !== "string") return primitiveText(value);
  return value.length > MAX_SHOWN ? `${quote(value.slice(0, MAX_SHOWN))}…` : quote(value);
}

/**
 * Returns `value` if it is a number within `bounds`, or `fallback` if it is `undefined`.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` otherwise
 */
export function numberOption(
  option: string,
  value: number | undefined,
  fallback: number,
  bounds: NumberBounds,
): number {
  return value === undefined ? fallback : requireNumber(option, value, bounds);
}

/**
 * Returns `value` if it is a number within `bounds`; for options without a default.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` otherwise, also for `undefined`
 */
export function requireNumber(
  option: string,
  value: number | undefined,
  bounds: NumberBounds,
): number {
  const { min, max, integer } = bounds;
  const fits = typeof value === "number" && value >= min && value <= max;
  if (fits && (integer !== true || Number.isInteger(value))) return value;
  throw new UsageError(
    `\`${option}\` must be ${integer === true ? "an integer" : "a number"} from ${min} to ${max}, not ${shown(value)}`,
    { code: ErrorCode.InvalidOption },
  );
}

/**
 * Returns `value` if it is `true` or `false`, or `fallback` if it is `undefined`.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` otherwise: a text such as `"false"` would count as true
 */
export function flagOption(option: string, value: boolean | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === "boolean") return value;
  throw new UsageError(`\`${option}\` must be true or false, not ${shown(value)}`, {
    code: ErrorCode.InvalidOption,
  });
}

/**
 * Returns `value` if it is one of `choices`, or `fallback` if it is `undefined`.
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
  throw new UsageError(`\`${option}\` must be one of ${choices.join(", ")}, not ${shown(value)}`, {
    code: ErrorCode.InvalidOption,
  });
}

/**
 * Checks the keys of `options` against `known`; a misspelt option would otherwise be ignored silently.
 *
 * @param what the object, for the message of the error
 * @throws {@link UsageError} `ERR_INVALID_OPTION` for an unknown key, or when it is not a plain object
 */
export function requireKnownKeys(what: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new UsageError(`options of ${what} must be an object`, { code: ErrorCode.InvalidOption });
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new UsageError(`${what} has no option ${quote(key)}; there is ${known.join(", ")}`, {
      code: ErrorCode.InvalidOption,
    });
  }
}

/** Returns all keys of `Options`. A missing key is a compile-time error. */
export function optionKeys<Options>(
  keys: Readonly<Record<keyof Options, true>>,
): readonly string[] {
  return Object.keys(keys);
}

/**
 * Checks an optional object for the methods that are called, since it may come from another package or copy.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` when one of `methods` is missing
 */
export function requireMethods(option: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined) return;
  const object = (typeof value === "object" ? value : null) as Record<string, unknown> | null;
  const missing = methods.find((method) => typeof object?.[method] !== "function");
  if (missing === undefined) return;
  throw new UsageError(`\`${option}\` must be an object with the method ${missing}`, {
    code: ErrorCode.InvalidOption,
  });
}

/**
 * Checks an optional function.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` when it is given and not a function
 */
export function requireFunction(option: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new UsageError(
    `\`${option}\` must be a function, not ${value === null ? "null" : typeof value}`,
    {
      code: ErrorCode.InvalidOption,
    },
  );
}
