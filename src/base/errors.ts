import { isError, property, textProperty } from "./foreign-value.ts";

/**
 * Codes of all errors limelight throws or rejects with; each has a row in `docs/errors.md`.
 *
 * @enum
 */
export const ErrorCode = {
  Aborted: "ERR_ABORTED",
  ActorDestroyed: "ERR_ACTOR_DESTROYED",
  ActorKilled: "ERR_ACTOR_KILLED",
  ActorStopped: "ERR_ACTOR_STOPPED",
  AskTimeout: "ERR_ASK_TIMEOUT",
  BooksImbalance: "ERR_BOOKS_IMBALANCE",
  CheckFailed: "ERR_CHECK_FAILED",
  CheckTimeout: "ERR_CHECK_TIMEOUT",
  ConfigFile: "ERR_CONFIG_FILE",
  ConsoleExposed: "ERR_CONSOLE_EXPOSED",
  ConsolePort: "ERR_CONSOLE_PORT",
  ConsoleProduction: "ERR_CONSOLE_PRODUCTION",
  DatabaseMigration: "ERR_DATABASE_MIGRATION",
  Deadlock: "ERR_DEADLOCK",
  EngineClosed: "ERR_ENGINE_CLOSED",
  EngineConfig: "ERR_ENGINE_CONFIG",
  EngineConflict: "ERR_ENGINE_CONFLICT",
  EngineFull: "ERR_ENGINE_FULL",
  EngineNoListener: "ERR_ENGINE_NO_LISTENER",
  EngineNoReply: "ERR_ENGINE_NO_REPLY",
  EngineTooLarge: "ERR_ENGINE_TOO_LARGE",
  EngineUnavailable: "ERR_ENGINE_UNAVAILABLE",
  EngineUnknownOutcome: "ERR_ENGINE_UNKNOWN_OUTCOME",
  EngineUnsafe: "ERR_ENGINE_UNSAFE",
  EngineVersion: "ERR_ENGINE_VERSION",
  GatewayExposed: "ERR_GATEWAY_EXPOSED",
  GatewayPort: "ERR_GATEWAY_PORT",
  InputMissing: "ERR_INPUT_MISSING",
  InvalidKey: "ERR_INVALID_KEY",
  InvalidLink: "ERR_INVALID_LINK",
  InvalidName: "ERR_INVALID_NAME",
  InvalidOption: "ERR_INVALID_OPTION",
  InvalidSchedule: "ERR_INVALID_SCHEDULE",
  LifeOver: "ERR_LIFE_OVER",
  MailboxFull: "ERR_MAILBOX_FULL",
  MetadataInvalid: "ERR_METADATA_INVALID",
  NameTaken: "ERR_NAME_TAKEN",
  NodeVersion: "ERR_NODE_VERSION",
  NotOwner: "ERR_NOT_OWNER",
  NoDatabase: "ERR_NO_DATABASE",
  NoReply: "ERR_NO_REPLY",
  NoRunner: "ERR_NO_RUNNER",
  NoSuchActor: "ERR_NO_SUCH_ACTOR",
  PackageMissing: "ERR_PACKAGE_MISSING",
  PlacementOverloaded: "ERR_PLACEMENT_OVERLOADED",
  ProtocolInvalid: "ERR_PROTOCOL_INVALID",
  ProtocolVersion: "ERR_PROTOCOL_VERSION",
  QueueFull: "ERR_QUEUE_FULL",
  QueueMessageTooLarge: "ERR_QUEUE_MESSAGE_TOO_LARGE",
  QueuePoisoned: "ERR_QUEUE_POISONED",
  ReplyLost: "ERR_REPLY_LOST",
  ResidentLimit: "ERR_RESIDENT_LIMIT",
  RestartRequested: "ERR_RESTART_REQUESTED",
  RunnerDraining: "ERR_RUNNER_DRAINING",
  RunnerLost: "ERR_RUNNER_LOST",
  SaveFailed: "ERR_SAVE_FAILED",
  SaveUnknown: "ERR_SAVE_UNKNOWN",
  ScheduleLimit: "ERR_SCHEDULE_LIMIT",
  SelfAsk: "ERR_SELF_ASK",
  SelfStop: "ERR_SELF_STOP",
  Sql: "ERR_SQL",
  SqlInterrupted: "ERR_SQL_INTERRUPTED",
  SqlNested: "ERR_SQL_NESTED",
  SqlOverloaded: "ERR_SQL_OVERLOADED",
  SqlRefused: "ERR_SQL_REFUSED",
  SqlTimeout: "ERR_SQL_TIMEOUT",
  SqlTransactionOver: "ERR_SQL_TRANSACTION_OVER",
  StartFailed: "ERR_START_FAILED",
  StartTimeout: "ERR_START_TIMEOUT",
  StateConflict: "ERR_STATE_CONFLICT",
  StateInvalid: "ERR_STATE_INVALID",
  StateMigration: "ERR_STATE_MIGRATION",
  StateNewer: "ERR_STATE_NEWER",
  StateTooLarge: "ERR_STATE_TOO_LARGE",
  StoreClosed: "ERR_STORE_CLOSED",
  StoreConflict: "ERR_STORE_CONFLICT",
  StoreCorrupt: "ERR_STORE_CORRUPT",
  StoreFull: "ERR_STORE_FULL",
  StoreInvalidKey: "ERR_STORE_INVALID_KEY",
  StoreLocked: "ERR_STORE_LOCKED",
  StoreNewerFormat: "ERR_STORE_NEWER_FORMAT",
  StoreOverloaded: "ERR_STORE_OVERLOADED",
  StoreSplitBatch: "ERR_STORE_SPLIT_BATCH",
  StoreTooLarge: "ERR_STORE_TOO_LARGE",
  StoreUnavailable: "ERR_STORE_UNAVAILABLE",
  StoreUnknownOutcome: "ERR_STORE_UNKNOWN_OUTCOME",
  SystemStopped: "ERR_SYSTEM_STOPPED",
  ThrownValue: "ERR_THROWN_VALUE",
  TypeTaken: "ERR_TYPE_TAKEN",
  UnknownMessage: "ERR_UNKNOWN_MESSAGE",
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

export interface LimelightErrorOptions extends ErrorOptions {
  readonly code: ErrorCode;
}

/**
 * Base of all errors limelight creates. Match on `code`, not on the message.
 *
 * @example
 * ```ts
 * try {
 *   createSystem({ name: "my shop" });
 * } catch (error) {
 *   if (LimelightError.is(error)) console.log(error.code); // ERR_INVALID_NAME
 * }
 * ```
 */
export class LimelightError extends Error {
  /** Identifies the kind of error; docs/errors.md lists all codes. */
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
  readonly phase?: string | undefined;
}

/**
 * A message that did not reach a handler, or whose reply did not reach the caller.
 *
 * @example
 * ```ts
 * const echo = defineActor("echo", { handlers: { say: (_c, text: string) => text } });
 * const ref = system.spawn(echo);
 * ref.kill();
 * try {
 *   await ref.ask.say("hello");
 * } catch (error) {
 *   // ERR_ACTOR_KILLED say
 *   if (error instanceof DeliveryError) console.log(error.code, error.messageType);
 * }
 * ```
 */
export class DeliveryError extends LimelightError {
  /** Id of the actor that the message was sent to. */
  readonly actorId: string;
  /** Name of the message. */
  readonly messageType: string;
  /**
   * The arguments of a message that a full mailbox refused, so that it can be sent again; `undefined` for other errors.
   * Not enumerable: log lines do not show them.
   */
  declare readonly args: readonly unknown[] | undefined;
  /** The step of the start that has failed, if the code is `ERR_START_FAILED`; `undefined` for other errors. */
  declare readonly phase: string | undefined;

  constructor(message: string, options: DeliveryErrorOptions) {
    super(message, options);
    this.actorId = options.actorId;
    this.messageType = options.messageType;
    const { args, phase } = options;
    if (args !== undefined) Object.defineProperty(this, "args", { value: args });
    if (phase !== undefined) this.phase = phase;
  }
}
Object.defineProperty(DeliveryError.prototype, "name", { value: "DeliveryError" });

/**
 * A call that is invalid in every state of the system, such as one with a bad name or option.
 *
 * @example
 * ```ts
 * try {
 *   createSystem({ askTimeoutMs: -1 });
 * } catch (error) {
 *   if (error instanceof UsageError) console.log(error.message); // says which values are allowed
 * }
 * ```
 */
export class UsageError extends LimelightError {}
Object.defineProperty(UsageError.prototype, "name", { value: "UsageError" });

/** Codes of {@link StoreError}. */
export type StoreErrorCode = Extract<ErrorCode, `ERR_STORE_${string}`>;

export interface StoreErrorOptions extends ErrorOptions {
  readonly code: StoreErrorCode;
  readonly key?: string;
}

/**
 * A store that could not read or write. A write has changed nothing, except where the code is
 * `ERR_STORE_UNKNOWN_OUTCOME`.
 *
 * @example
 * ```ts
 * const store = new MemoryStore();
 * await store.put("a", Buffer.from("1"), { expectedRevision: ABSENT });
 * try {
 *   await store.put("a", Buffer.from("2"), { expectedRevision: ABSENT });
 * } catch (error) {
 *   if (error instanceof StoreError) console.log(error.code, error.key); // ERR_STORE_CONFLICT a
 * }
 * ```
 */
export class StoreError extends LimelightError {
  /** What has gone wrong. */
  declare readonly code: StoreErrorCode;
  /** The key that was read or written, if the error is about one key. */
  readonly key: string | undefined;

  constructor(message: string, options: StoreErrorOptions) {
    super(message, options);
    this.key = options.key;
  }
}
Object.defineProperty(StoreError.prototype, "name", { value: "StoreError" });

export interface ClusterErrorOptions extends ErrorOptions {
  readonly code: ErrorCode;
  /** The runner that the error is about. */
  readonly runnerId?: string | undefined;
}

/**
 * Thrown and rejected with by engines, and by what runs on them.
 *
 * @example
 * ```ts
 * function mayBeRepeated(error: unknown): boolean {
 *   return error instanceof ClusterError && error.code === "ERR_NO_RUNNER"; // it was not handled
 * }
 * ```
 */
export class ClusterError extends LimelightError {
  /** The runner that the error is about, if it is about one. */
  readonly runnerId: string | undefined;

  constructor(message: string, options: ClusterErrorOptions) {
    super(message, options);
    this.runnerId = options.runnerId;
  }
}

Object.defineProperty(ClusterError.prototype, "name", { value: "ClusterError" });

/** Value of `error.type` for anything without a code or a usable class name. */
const OTHER_ERROR_TYPE = "_OTHER";

const CODE_SHAPE = /^[A-Z][A-Z0-9_]{1,63}$/;
const CLASS_SHAPE = /^[A-Za-z_$][\w$]{0,63}$/;

/**
 * Returns the low-cardinality `error.type` of a thrown value: its limelight or Node code, else its class.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/attributes-registry/error/ | error.type}
 * @example
 * ```ts
 * errorType(new TypeError("no")); // "TypeError"
 * errorType(Object.assign(new Error("no"), { code: "ECONNREFUSED" })); // "ECONNREFUSED"
 * ```
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
