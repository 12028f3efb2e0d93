import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { jsonFault } from "./json-fault.ts";
import { decodeJson } from "./record-format.ts";

/** How the text of a value is checked. */
export interface TextRules {
  /** Name of the value, where its path begins: `state`. */
  readonly root: string;
  /** Maximum size, in bytes of UTF-8. */
  readonly maxBytes: number;
  /** Code for a value that cannot be stored. Default `ERR_STATE_INVALID`. */
  readonly invalid?: ErrorCode;
  /** Code for a value that is too large. Default `ERR_STATE_TOO_LARGE`. */
  readonly tooLarge?: ErrorCode;
}

/** The text of a value and its size, in bytes of UTF-8. */
export interface SizedText {
  readonly text: string;
  readonly sizeBytes: number;
}

/**
 * Returns the JSON text of a value without checking that nothing is lost; for a comparison with the text last stored,
 * after which only a changed text is checked by {@link requireStorable}.
 *
 * @returns `undefined` for `undefined`
 * @throws {@link LimelightError} `ERR_STATE_INVALID`
 */
export function looseText(value: unknown, rules: TextRules): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const why = jsonFault(rules.root, value) ?? `${rules.root} cannot be turned into JSON`;
    throw invalid(why, rules, cause);
  }
}

/**
 * Checks that a value is what its JSON text says, and that the text is not too large.
 *
 * @param text as returned by {@link looseText}
 * @throws {@link LimelightError} `ERR_STATE_INVALID` with the path, `ERR_STATE_TOO_LARGE`
 */
export function requireStorable(value: unknown, text: string, rules: TextRules): SizedText {
  const why = jsonFault(rules.root, value);
  if (why !== undefined) throw invalid(why, rules);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= rules.maxBytes) return { text, sizeBytes };
  throw new LimelightError(
    `${rules.root} has ${sizeBytes} bytes as JSON, of at most ${rules.maxBytes}`,
    { code: rules.tooLarge ?? ErrorCode.StateTooLarge },
  );
}

/**
 * Returns the checked JSON text of a value.
 *
 * @throws {@link LimelightError} `ERR_STATE_INVALID` with the path, also for `undefined`; `ERR_STATE_TOO_LARGE`
 */
export function storableText(value: unknown, rules: TextRules): SizedText {
  const text = looseText(value, rules);
  if (text === undefined) {
    throw invalid(jsonFault(rules.root, value) ?? `${rules.root} is undefined`, rules);
  }
  return requireStorable(value, text, rules);
}

/**
 * Returns a stored state or value.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`
 */
export function decodeValue(key: string, value: Uint8Array): unknown {
  return decodeJson(key, value);
}

function invalid(why: string, { root, invalid: code }: TextRules, cause?: unknown): LimelightError {
  return new LimelightError(`${root} cannot be stored: ${why}`, {
    code: code ?? ErrorCode.StateInvalid,
    cause,
  });
}
