import type { KeyAddress } from "../../activation/access/actor-access.ts";
import type { ActorHost } from "../../activation/hosting/actor-host.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import type { CallRequest } from "../calls/call-message.ts";
import type { BusMessage } from "../engine/bus.ts";
import type { CallSpan } from "./door-telemetry.ts";

/** Something of another process that is handled here. */
export interface Incoming {
  readonly request: CallRequest;
  /** The sender no longer waits. A handler that runs goes on. */
  abort(): void;
  /** Calls `listener` when the sender no longer waits. */
  onAbort(listener: () => void): void;
  /** Sends the message to its actor. */
  deliver(address: KeyAddress): void;
  /** @throws ClusterError `ERR_PROTOCOL_INVALID` for anything but an operation */
  perform(host: Pick<ActorHost, "perform">): void;
  fail(error: unknown, handled: boolean): void;
}

/** What everything works with that is handled for other processes. */
export interface Desk {
  readonly clock: Clock;
  /** `maxMessageBytes` of the engine. */
  readonly maxBytes: number;
  readonly isLeaseValid: () => boolean;
  /** Sends an answer; called once for each call. Returns false if it was not sent. */
  readonly publish: (replyTo: string, answer: BusMessage) => boolean;
  /** Sends a sender something besides the answer; it may get lost. */
  readonly notify: (inbox: string, notice: BusMessage) => void;
  /** Called once for each call, when nothing more is sent for it. */
  readonly over: (request: CallRequest) => void;
}

/** What something works with that is handled for another process. */
export interface IncomingParts {
  readonly desk: Desk;
  readonly request: CallRequest;
  /** Where its answer goes. */
  readonly replyTo: string;
  readonly span: CallSpan;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
}

/** Returns the error of a call that its sender has given up. */
export function givenUp(): ClusterError {
  return new ClusterError("the sender no longer waits", { code: ErrorCode.Aborted });
}
