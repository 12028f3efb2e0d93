import { ClusterError, DeliveryError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { errorMessage, isError, property, textProperty } from "../../base/foreign-value.ts";
import { PublicError } from "../../base/public-error.ts";

const MAX_MESSAGE = 1_000;
const MAX_DATA_BYTES = 4_096;
const MAX_NAME = 64;
const OWN_CODE = /^ERR_[A-Z0-9_]{1,60}$/;
const PUBLIC_CODE = /^(?!ERR_)[A-Z][A-Z0-9_]{1,63}$/;
const NAME = /^[A-Za-z_$][\w$]*$/;
const CLUSTER_CODE = /^ERR_(?:ENGINE|RUNNER|PLACEMENT|PROTOCOL|NOT_OWNER|NO_RUNNER)/;
const BAD_REQUEST = 400;
const MAX_STATUS = 499;

/** An error as it travels between processes: no stack, and a cause only where the code needs it. */
export type WireError =
  | {
      readonly kind: "public";
      readonly code: string;
      readonly message: string;
      readonly status: number;
      /** JSON of at most 4 KiB. */
      readonly data?: unknown;
    }
  | {
      readonly kind: "limelight";
      readonly code: string;
      readonly message: string;
      /** Of a delivery error. */
      readonly actorId?: string;
      readonly messageType?: string;
      /** Of a start that has failed: the step, and what has failed in it. */
      readonly phase?: string;
      readonly cause?: WireError;
      /** Of a cluster error. */
      readonly runnerId?: string;
    }
  | {
      readonly kind: "other";
      /** Class of the error. */
      readonly name: string;
      readonly message: string;
      readonly code?: string;
    };

/**
 * An error that code of an actor has thrown in another process. Its class is not known here; its name is.
 *
 * @example
 * ```ts
 * function isDeclined(error: unknown): boolean {
 *   return error instanceof RemoteError && error.name === "PaymentDeclined";
 * }
 * ```
 */
export class RemoteError extends Error {
  /** `name` of the error that was thrown. */
  override readonly name: string;
  /** `code` of the error that was thrown, if it had one. */
  declare readonly code?: string;

  constructor(message: string, name: string, code: string | undefined) {
    super(message);
    this.name = name;
    if (code !== undefined) this.code = code;
  }
}

/** Returns what travels of anything that was thrown. Never throws. */
export function toWireError(thrown: unknown): WireError {
  if (PublicError.is(thrown)) return publicError(thrown);
  if (LimelightError.is(thrown)) return ownError(thrown);
  if (!isError(thrown)) {
    const message = `a value that is not an error was thrown (${typeof thrown})`;
    return { kind: "limelight", code: ErrorCode.ThrownValue, message };
  }
  const code = textProperty(thrown, "code");
  const name = textProperty(thrown, "name") ?? "";
  const error = {
    kind: "other",
    name: NAME.test(name) && name.length <= MAX_NAME ? name : "Error",
    message: textOf(thrown),
  } as const;
  return code === undefined ? error : { ...error, code: code.slice(0, MAX_NAME) };
}

/** Returns the error that a caller gets; `undefined` for anything that is no error of this format. */
export function fromWireError(value: unknown): Error | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const message = textProperty(value, "message")?.slice(0, MAX_MESSAGE);
  const code = textProperty(value, "code");
  if (message === undefined) return undefined;
  switch (property(value, "kind")) {
    case "public":
      return publicFrom(value, message, code);
    case "limelight":
      // A later version may have codes that this one does not know.
      if (code === undefined || !OWN_CODE.test(code)) return undefined;
      return ownFrom(value, message, code as ErrorCode);
    case "other": {
      const name = textProperty(value, "name") ?? "";
      const known = NAME.test(name) ? name.slice(0, MAX_NAME) : "Error";
      return new RemoteError(message, known, code?.slice(0, MAX_NAME));
    }
  }
  return undefined;
}

function publicError(error: PublicError): WireError {
  const { message, status, code, data } = {
    message: textOf(error),
    status: property(error, "status"),
    code: textProperty(error, "code") ?? "",
    data: dataOf(error),
  };
  // It may be of another copy of the package, or have been changed.
  if (!PUBLIC_CODE.test(code)) return { kind: "other", name: "PublicError", message };
  const known = typeof status === "number" && isStatus(status) ? status : BAD_REQUEST;
  const wire = { kind: "public", code, message, status: known } as const;
  return data === undefined ? wire : { ...wire, data };
}

function ownError(error: LimelightError): WireError {
  const code = textProperty(error, "code") ?? "";
  const message = textOf(error);
  if (!OWN_CODE.test(code)) return { kind: "other", name: "LimelightError", message };
  const wire: Record<string, unknown> = { kind: "limelight", code, message };
  for (const name of ["actorId", "messageType", "phase", "runnerId"]) {
    const text = textProperty(error, name);
    if (text !== undefined) wire[name] = text;
  }
  if (code === ErrorCode.StartFailed) {
    const cause = property(error, "cause");
    const says = PublicError.is(cause) || LimelightError.is(cause);
    // One level, since a cause is read only to tell callers outside why a start has failed.
    if (says) wire["cause"] = withoutCause(toWireError(cause));
  }
  return wire as unknown as WireError; // as it was built above
}

function withoutCause(error: WireError): WireError {
  if (error.kind !== "limelight") return error;
  const { cause: _cause, ...rest } = error;
  return rest;
}

function publicFrom(value: object, message: string, code = ""): Error | undefined {
  const { status, data } = value as { readonly status?: unknown; readonly data?: unknown };
  if (!PUBLIC_CODE.test(code)) return undefined;
  if (typeof status !== "number" || !isStatus(status)) return undefined;
  return new PublicError(message, data === undefined ? { code, status } : { code, status, data });
}

function ownFrom(value: object, message: string, code: ErrorCode): Error {
  const actorId = textProperty(value, "actorId");
  const messageType = textProperty(value, "messageType");
  const phase = textProperty(value, "phase");
  const cause = fromWireError(property(value, "cause"));
  const options = cause === undefined ? { code } : { code, cause };
  if (actorId !== undefined && messageType !== undefined) {
    return new DeliveryError(message, { ...options, actorId, messageType, phase });
  }
  if (CLUSTER_CODE.test(code)) {
    return new ClusterError(message, { ...options, runnerId: textProperty(value, "runnerId") });
  }
  return new LimelightError(message, options);
}

function textOf(error: object): string {
  return errorMessage(error).slice(0, MAX_MESSAGE);
}

function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= BAD_REQUEST && status <= MAX_STATUS;
}

function dataOf(error: PublicError): unknown {
  try {
    const text = JSON.stringify(property(error, "data"));
    if (text === undefined || Buffer.byteLength(text) > MAX_DATA_BYTES) return undefined;
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
