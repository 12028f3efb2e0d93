import type { KeyAddress } from "../../activation/access/actor-access.ts";
import type { ActorHost } from "../../activation/hosting/actor-host.ts";
import type { Owner } from "../../activation/records/record-keys.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { SteadyMap } from "../../base/steady-map.ts";
import type { Arrivals } from "../calls/arrivals.ts";
import { encodeFailure } from "../calls/call-answer.ts";
import { CallKind, type CallRequest, decodeCall } from "../calls/call-message.ts";
import { invalid } from "../codec/json.ts";
import type { Bus, BusSubscription, ReceivedMessage } from "../engine/bus.ts";
import { addressOf } from "../protocol/address.ts";
import { callSubject, streamSubject } from "../protocol/subjects.ts";
import type { CallSpan, DoorTelemetry } from "./door-telemetry.ts";
import type { Desk, Incoming } from "./incoming.ts";
import { IncomingCall } from "./incoming-call.ts";
import { IncomingRequests } from "./incoming-requests.ts";

/** What the door of a runner works with. */
export interface DoorParts {
  readonly clock: Clock;
  readonly bus: Pick<Bus, "publish" | "subscribe">;
  /** `maxMessageBytes` of the engine. */
  readonly maxBytes: number;
  /** Returns the address of a key at this process alone; `undefined` if its type is not defined here. */
  readonly addressOf: (owner: Owner) => KeyAddress | undefined;
  readonly host: Pick<ActorHost, "perform">;
  readonly arrivals: Arrivals;
  /** Whether this process may handle messages now. */
  readonly isLeaseValid: () => boolean;
  /** Whether this process starts no more actors. */
  readonly isDraining: () => boolean;
  readonly telemetry: DoorTelemetry;
  /** Calls that are handled at a time; further ones are refused. Default 10,000. */
  readonly maxCalls?: number;
}

const MAX_CALLS = 10_000;
/** How long a start that is on its way is waited for. */
const ARRIVAL_MS = 10_000;
/** How long a call without a limit is handled at most. */
const ENDLESS_MS = 600_000;

/**
 * Where calls from other processes come in. A call is handled if the lease of the runner is valid before and after, and its
 * actor is here, or about to start here. Everything else is answered as not handled.
 */
export class Door {
  readonly #parts: DoorParts;
  readonly #maxCalls: number;
  readonly #calls = new SteadyMap<string, Incoming>();
  readonly #requests: IncomingRequests;
  readonly #desk: Desk;
  #runnerId: string | undefined;
  #subscriptions: readonly BusSubscription[] = [];

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.#maxCalls = parts.maxCalls ?? MAX_CALLS;
    const { telemetry, bus } = parts;
    this.#desk = {
      ...parts,
      publish: (replyTo, answer) => {
        const isSent = bus.publish(replyTo, answer);
        if (!isSent) telemetry.lost("answer_not_sent");
        return isSent;
      },
      notify: (inbox, notice) => {
        if (!bus.publish(inbox, notice)) telemetry.lost("notice_not_sent");
      },
      over: ({ id }) => void this.#calls.delete(id),
    };
    this.#requests = new IncomingRequests({
      ...parts,
      onInvalid: (error) => {
        telemetry.lost("stream_frame_invalid");
        telemetry.refused(error);
      },
    });
  }

  /** Calls that are not answered yet. */
  get size(): number {
    return this.#calls.size;
  }

  /** Takes calls for a runner; those for the one that this process was before are no longer taken. */
  open(runnerId: string): void {
    this.close();
    this.#runnerId = runnerId;
    const { bus } = this.#parts;
    this.#subscriptions = [
      bus.subscribe(callSubject(runnerId), (message) => this.#receive(message)),
      bus.subscribe(streamSubject(runnerId), (message) => this.#requests.receive(message)),
    ];
  }

  /** Takes no more calls. Those that are handled, and those on their way, are still answered. */
  close(): void {
    for (const subscription of this.#subscriptions) subscription.drain();
    this.#subscriptions = [];
  }

  #receive(message: ReceivedMessage): void {
    try {
      const call = decodeCall(message, this.#parts.maxBytes);
      if (call.kind === CallKind.Abort) this.#calls.get(call.id)?.abort();
      else this.#admit(call, message.replyTo);
    } catch (error) {
      this.#refuse(message, error);
    }
  }

  /** @throws what refuses the call */
  #admit(request: CallRequest, replyTo: string | undefined): void {
    const { arrivals, isDraining } = this.#parts;
    if (replyTo === undefined) throw invalid("a call has no subject for its answer");
    const { owner, generation } = request;
    this.#requireLease(owner);
    if (this.#calls.size >= this.#maxCalls) throw this.#full();
    const address = addressOf(owner);
    const here = arrivals.at(address);
    if (here === undefined && isDraining()) throw this.#draining();
    const call = this.#begin(request, replyTo);
    if (here !== undefined && here >= generation) {
      this.#deliver(call);
      return;
    }
    const timeoutMs = Math.min(request.timeoutMs ?? ARRIVAL_MS, ARRIVAL_MS);
    const cancel = arrivals.wait(address, generation, timeoutMs, (arrived) => {
      if (arrived) this.#deliver(call);
      else call.fail(this.#notOwner(owner), false);
    });
    call.onAbort(cancel);
  }

  /** @throws ClusterError `ERR_PROTOCOL_INVALID` */
  #begin(request: CallRequest, replyTo: string): Incoming {
    const { clock, telemetry } = this.#parts;
    if (this.#calls.has(request.id)) throw invalid("a call has the id of another one");
    const deadlineMs = clock.monotonicMs() + (request.timeoutMs ?? ENDLESS_MS);
    const parts = { desk: this.#desk, request, replyTo, deadlineMs };
    const openSpan = (): CallSpan => telemetry.open(request, this.#runnerId);
    const isRequest = request.kind === CallKind.Request;
    const call: Incoming = isRequest
      ? this.#requests.begin(parts, openSpan)
      : new IncomingCall({ ...parts, span: openSpan() });
    this.#calls.set(request.id, call);
    return call;
  }

  #deliver(call: Incoming): void {
    const { owner, kind } = call.request;
    try {
      this.#requireLease(owner);
      if (kind === CallKind.Operation) {
        call.perform(this.#parts.host);
        return;
      }
      const address = this.#parts.addressOf(owner);
      if (address === undefined) throw this.#notOwner(owner);
      call.deliver(address);
    } catch (error) {
      call.fail(error, false);
    }
  }

  #refuse({ replyTo }: ReceivedMessage, error: unknown): void {
    const { bus, telemetry } = this.#parts;
    telemetry.refused(error);
    if (replyTo !== undefined) bus.publish(replyTo, encodeFailure(error, false));
  }

  /** @throws ClusterError `ERR_NOT_OWNER` */
  #requireLease(owner: Owner): void {
    if (!this.#parts.isLeaseValid()) throw this.#notOwner(owner);
  }

  #notOwner({ type }: Owner): ClusterError {
    const runnerId = this.#runnerId;
    const text = `runner ${runnerId} does not run this ${type}`;
    return new ClusterError(text, { code: ErrorCode.NotOwner, runnerId });
  }

  #draining(): ClusterError {
    const runnerId = this.#runnerId;
    const text = `runner ${runnerId} is shutting down`;
    return new ClusterError(text, { code: ErrorCode.RunnerDraining, runnerId });
  }

  #full(): ClusterError {
    const runnerId = this.#runnerId;
    const text = `runner ${runnerId} handles ${this.#calls.size} calls of other processes already`;
    return new ClusterError(text, { code: ErrorCode.MailboxFull, runnerId });
  }
}
