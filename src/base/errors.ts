import { isError, property, textProperty } from "./foreign-value.ts";

/** Codes of all errors limelight throws or rejects with; each has a row in `docs/errors.md`. */
export const ErrorCode = {
  Aborted: "ERR_ABORTED",
  ActorKilled: "ERR_ACTOR_KILLED",
  ActorStopped: "ERR_ACTOR_STOPPED",
  AskTimeout: "ERR_ASK_TIMEOUT",
  BooksImbalance: "ERR_BOOKS_IMBALANCE",
  ConsoleExposed: "ERR_CONSOLE_EXPOSED",
  ConsolePort: "ERR_CONSOLE_PORT",
  ConsoleProduction: "ERR_CONSOLE_PRODUCTION",
  Deadlock: "ERR_DEADLOCK",
  InvalidLink: "ERR_INVALID_LINK",
  InvalidName: "ERR_INVALID_NAME",
  InvalidOption: "ERR_INVALID_OPTION",
  LifeOver: "ERR_LIFE_OVER",
  MailboxFull: "ERR_MAILBOX_FULL",
  NameTaken: "ERR_NAME_TAKEN",
  NodeVersion: "ERR_NODE_VERSION",
  NoReply: "ERR_NO_REPLY",
  PackageMissing: "ERR_PACKAGE_MISSING",
  ReplyLost: "ERR_REPLY_LOST",
  RestartRequested: "ERR_RESTART_REQUESTED",
  SelfAsk: "ERR_SELF_ASK",
  SelfStop: "ERR_SELF_STOP",
  StartFailed: "ERR_START_FAILED",
  SystemStopped: "ERR_SYSTEM_STOPPED",
  ThrownValue: "ERR_THROWN_VALUE",
  UnknownMessage: "ERR_UNKNOWN_MESSAGE",
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

export interface LimelightErrorOptions extends ErrorOptions {
  readonly code: ErrorCode;
}

/** Base of all errors limelight creates. Match on `code`, not on the message. */
export class LimelightError extends Error {
  readonly code: ErrorCode;
  /** Shared by all copies of limelight in a process, so that `is()` recognises errors of another copy. */
  readonly "limelight.error": true = true;

  constructor(message: string, options: LimelightErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
  }

  /** Returns whether `value` is an error of limelight, including one of another copy of the package. */
  static is(value: unknown): value is LimelightError {
    if (typeof value !== "object" || value === null) return false;
    return property(value, "limelight.error") === true;
  }
}
// Defined on the prototype, where the class name needs no field per error.
Object.defineProperty(LimelightError.prototype, "name", { value: "LimelightError" });

export interface DeliveryErrorOptions extends LimelightErrorOptions {
  readonly args?: readonly unknown[];
  readonly actorId: string;
  readonly messageType: string;
}

/** A message that did not reach a handler, or whose reply did not reach the caller. */
export class DeliveryError extends LimelightError {
  readonly actorId: string;
  readonly messageType: string;
  /**
   * The arguments of a message that a full mailbox refused, so that it can be sent again; `undefined` for other errors.
   * Not enumerable: log lines do not show them.
   */
  declare readonly args: readonly unknown[] | undefined;

  constructor(message: string, options: DeliveryErrorOptions) {
    super(message, options);
    this.actorId = options.actorId;
    this.messageType = options.messageType;
    const { args } = options;
    if (args !== undefined) Object.defineProperty(this, "args", { value: args });
  }
}
Object.defineProperty(DeliveryError.prototype, "name", { value: "DeliveryError" });

/** A call that is invalid in every state of the system, such as one with a bad name or option. */
export class UsageError extends LimelightError {}
Object.defineProperty(UsageError.prototype, "name", { value: "UsageError" });

/** Value of `error.type` for anything without a code or a usable class name. */
const OTHER_ERROR_TYPE = "_OTHER";

const CODE_SHAPE = /^[A-Z][A-Z0-9_]{1,63}$/;
const CLASS_SHAPE = /^[A-Za-z_$][\w$]{0,63}$/;

/**
 * Returns the low-cardinality `error.type` of a thrown value: its limelight or Node code, else its class.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/attributes-registry/error/ | error.type}
 */
export function errorType(error: unknown): string {
  if (!isError(error)) return OTHER_ERROR_TYPE;
  const code = textProperty(error, "code");
  if (code !== undefined && CODE_SHAPE.test(code)) return code;
  const name = textProperty(error, "name");
  return name !== undefined && CLASS_SHAPE.test(name) ? name : OTHER_ERROR_TYPE;
}

/**
 * Returns `thrown` itself if it is an error of any realm, else a coded error with `thrown` as its cause.
 * Never throws: properties of the error are read through `foreign-value.ts`, since its getters may throw.
 */
export function toError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  return new LimelightError(`a value that is not an error was thrown (${typeof thrown})`, {
    code: ErrorCode.ThrownValue,
    cause: thrown,
  });
}
