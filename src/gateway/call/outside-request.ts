import type { Context } from "@opentelemetry/api";
import type { Caller } from "../../activation/definition/caller.ts";
import type { AbortNotice } from "../../base/async/abort-notice.ts";
import type { CallOutcome } from "../../wire/gateway-frames.ts";

/** One message from outside, whatever it came by. Names and arguments are as they came: nothing is checked yet. */
export interface OutsideRequest {
  readonly kind: "ask" | "tell" | "send";
  /** Name of an actor type. */
  readonly type: string;
  readonly key: readonly string[];
  /** Message or queue. */
  readonly name: string;
  /** Arguments of a message; for a queue its body alone. */
  readonly args: readonly unknown[];
  /** For an actor that does not exist yet; `undefined` if none was given. */
  readonly input: unknown;
  /** For `send`: whether the reply is waited for, and not only that the message is stored. */
  readonly waits: boolean;
  readonly caller: Caller | undefined;
  readonly requestId: string;
  /** `undefined` for an HTTP request. */
  readonly connectionId?: string | undefined;
  /** Has the span of the request. */
  readonly context: Context;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  /** Aborted when the client no longer waits. */
  readonly signal: AbortNotice;
}

/** A failure with what may be shown outside. */
export interface Failure {
  /** Of an HTTP answer. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly outcome: CallOutcome;
  readonly retryAfterMs?: number | undefined;
  readonly data?: unknown;
  readonly issues?: readonly FailureIssue[] | undefined;
}

/** Why one value was refused by its schema. */
export interface FailureIssue {
  readonly path: readonly (string | number)[];
  readonly message?: string | undefined;
}

/** Gets the outcome of an {@link OutsideRequest}, once. Its methods must neither throw nor call actors. */
export interface OutsideAnswer {
  /** Called before the outcome if the reply of a queue message is waited for, as soon as the message is stored. */
  stored?(id: string): void;
  /** @param json text of the reply, or of the id of a stored message; `undefined` if the reply is `undefined` */
  reply(json: string | undefined): void;
  fail(failure: Failure): void;
}

/** Sends messages from outside to actors, if they are exposed and allowed. */
export interface OutsideCalls {
  call(request: OutsideRequest, answer: OutsideAnswer): void;
}
