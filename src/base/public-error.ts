import { ErrorCode, UsageError } from "./errors.ts";
import { property } from "./foreign-value.ts";
import { numberOption } from "./options.ts";

/** Codes of limelight begin with `ERR_`, so that the two can be told apart. */
const CODE_SHAPE = /^(?!ERR_)[A-Z][A-Z0-9_]{1,63}$/;

/** What a {@link PublicError} says besides its message. */
export interface PublicErrorOptions extends ErrorOptions {
  /** 2 to 64 of `A-Z 0-9 _`, beginning with a letter and not with `ERR_`. Also the `error.type` on spans and metrics. */
  readonly code: string;
  /** HTTP status, 400 to 499. Default 400. */
  readonly status?: number;
  /** Anything that is JSON, at most 4 KiB. Default: nothing. */
  readonly data?: unknown;
}

/**
 * An error whose code, message and data are given to a caller outside. Of all other errors of an
 * application, a caller outside learns nothing but that there was one. `cause` stays inside.
 *
 * @example
 * ```ts
 * const vault = defineKeyedActor("vault", {
 *   state: () => ({ cents: 100 }),
 *   handlers: {
 *     take(c, cents: number) {
 *       const { cents: left } = c.state;
 *       if (cents > left) throw new PublicError("too little", { code: "TOO_LITTLE", status: 409, data: { left } });
 *       c.state.cents -= cents;
 *     },
 *   },
 * });
 * try {
 *   await system.get(vault, "a").ask.take(200);
 * } catch (error) {
 *   if (PublicError.is(error)) console.log(error.code, error.data); // TOO_LITTLE { left: 100 }
 * }
 * ```
 */
export class PublicError extends Error {
  /** Identifies the kind of error. */
  readonly code: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Given to the caller as JSON; `undefined` if there is none. */
  readonly data: unknown;
  /** Shared by all copies of limelight in a process, so that `is()` recognises errors of another copy. */
  readonly "limelight.public": true = true;

  /** @throws {@link UsageError} `ERR_INVALID_OPTION` */
  constructor(message: string, options: PublicErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const { code, status, data } = options;
    if (typeof code !== "string" || !CODE_SHAPE.test(code)) {
      const rule = "2 to 64 of A-Z 0-9 _, beginning with a letter and not with ERR_";
      throw new UsageError(`\`code\` of a PublicError must be ${rule}`, {
        code: ErrorCode.InvalidOption,
      });
    }
    this.code = code;
    this.status = numberOption("status", status, 400, { min: 400, max: 499, integer: true });
    this.data = data;
  }

  /** Returns whether `value` is such an error, including one of another copy of the package. */
  static is(value: unknown): value is PublicError {
    if (typeof value !== "object" || value === null) return false;
    return property(value, "limelight.public") === true;
  }
}
// Defined on the prototype, where the class name needs no field per error.
Object.defineProperty(PublicError.prototype, "name", { value: "PublicError" });
