import type { Clock } from "../../base/clock.ts";
import {
  ClusterError,
  DeliveryError,
  ErrorCode,
  LimelightError,
  toError,
} from "../../base/errors.ts";
import { SteadyMap } from "../../base/steady-map.ts";
import { CallOutcome } from "../../telemetry/cluster-attributes.ts";
import { type CallAnswer, decodeAnswer } from "../calls/call-answer.ts";
import { encodeAbort, encodeCall } from "../calls/call-message.ts";
import { isFenced } from "../calls/fenced-call.ts";
import type { Bus, BusMessage } from "../engine/bus.ts";
import { callSubject } from "../protocol/subjects.ts";
import type { CallTelemetry } from "./call-telemetry.ts";
import { Flight, FlightList } from "./flight-list.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Route } from "./route-cache.ts";
import { StoredNotices } from "./stored-notices.ts";

/** What {@link Flights} work with. */
export interface FlightsParts {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly bus: Pick<Bus, "inbox" | "publish" | "request" | "subscribe">;
  /** `maxMessageBytes` of the engine. */
  readonly maxBytes: number;
  readonly telemetry: CallTelemetry;
  /** The message was not handled there; it is to be sent again. */
  readonly notHandled: (outgoing: Outgoing, route: Route, error: unknown) => void;
  /** Called for a notice that is none. */
  readonly onInvalid: () => void;
}

/** A reply is waited for a little longer than its sender does: what is too late for it is no fault of the engine. */
const GRACE_MS = 250;
/** How long a tell without a limit waits for room at a time; it is then sent again. */
const ROUND_MS = 20_000;

/** How much of the id of its node is in that of a call. */
const ID_LENGTH = 40;

/** Errors that say that the message was not handled, and may be elsewhere or later. */
const ELSEWHERE: ReadonlySet<string> = new Set([ErrorCode.NotOwner, ErrorCode.RunnerDraining]);
const NOT_SENT: ReadonlySet<string> = new Set([
  ErrorCode.EngineNoListener,
  ErrorCode.EngineUnavailable,
]);

/** Calls to actors in other processes that were sent and are not answered yet, by runner. */
export class Flights {
  readonly #parts: FlightsParts;
  readonly #byRunner = new SteadyMap<string, FlightList>();
  readonly #notices: StoredNotices;
  readonly #idPrefix: string;
  #nextId = 1;
  #size = 0;

  constructor(parts: FlightsParts) {
    this.#parts = parts;
    this.#notices = new StoredNotices(parts);
    this.#idPrefix = `${parts.nodeId.slice(-ID_LENGTH)}-`;
  }

  get size(): number {
    return this.#size;
  }

  /** Sends a message to the runner of its actor. */
  send(outgoing: Outgoing, route: Route): void {
    const { message } = outgoing;
    if (message.ended) return;
    const { maxBytes, telemetry } = this.#parts;
    const id = `${this.#idPrefix}${this.#nextId.toString(36)}`;
    this.#nextId += 1;
    const timeoutMs = this.#timeoutMs(outgoing);
    const trace = telemetry.sent(outgoing, route);
    const stored = message.queued?.stored;
    const inbox = stored === undefined ? undefined : this.#notices.expect(id, stored);
    let encoded: BusMessage;
    try {
      const call = outgoing.call(id, route.generation, timeoutMs, trace);
      const whole = inbox === undefined ? call : { ...call, inbox };
      encoded = encodeCall(whole, outgoing.argsText, maxBytes);
    } catch (error) {
      this.#notices.forget(id);
      this.#failed(outgoing, CallOutcome.NotHandled, toError(error), false);
      return;
    }
    const noticeId = inbox === undefined ? undefined : id;
    const flight = new Flight(outgoing, route.runnerId, noticeId);
    this.#add(flight);
    outgoing.cancel = () => {
      this.#remove(flight);
      const isLate = this.#isOverdue(outgoing);
      telemetry.attempted(isLate ? CallOutcome.Unknown : CallOutcome.Aborted);
      telemetry.ended(outgoing, isLate ? overdue(outgoing) : aborted(outgoing));
      flight.end.abort();
      this.#parts.bus.publish(callSubject(route.runnerId), encodeAbort({ id })); // it may get lost
    };
    void this.#request(flight, route, encoded, timeoutMs); // never rejects
  }

  /** Ends all calls to a runner that is gone: what became of them is not known. */
  lose(runnerId: string): void {
    this.#end(this.#byRunner.get(runnerId), (outgoing) => lost(outgoing, runnerId));
  }

  /** Ends all calls. */
  close(error: Error): void {
    for (const flights of this.#byRunner.values()) this.#end(flights, () => error);
    this.#notices.close();
  }

  #end(flights: FlightList | undefined, errorOf: (outgoing: Outgoing) => Error): void {
    for (let flight = flights?.first; flight !== undefined; flight = flights?.first) {
      this.#remove(flight);
      const { outgoing } = flight;
      this.#failed(outgoing, CallOutcome.Unknown, errorOf(outgoing), true);
      flight.end.abort();
    }
  }

  async #request(
    flight: Flight,
    route: Route,
    encoded: BusMessage,
    timeoutMs: number,
  ): Promise<void> {
    const { bus, maxBytes } = this.#parts;
    try {
      const options = { timeoutMs: timeoutMs + GRACE_MS, signal: flight.end };
      const reply = await bus.request(callSubject(route.runnerId), encoded, options);
      if (this.#remove(flight)) {
        this.#answered(flight.outgoing, route, decodeAnswer(reply, maxBytes));
      }
    } catch (error) {
      this.#remove(flight);
      if (!flight.outgoing.message.ended) this.#unanswered(flight.outgoing, route, error);
    }
  }

  #answered(outgoing: Outgoing, route: Route, answer: CallAnswer): void {
    const { message } = outgoing;
    const { telemetry } = this.#parts;
    if (answer.kind === "reply") {
      telemetry.attempted(CallOutcome.Answered);
      telemetry.ended(outgoing, undefined);
      if (message.kind === "tell") message.accepted();
      else message.reply(answer.value);
      return;
    }
    const { error, handled } = answer;
    const code = LimelightError.is(error) ? error.code : "";
    if (!handled && (ELSEWHERE.has(code) || this.#waitsOn(outgoing, code))) {
      this.#elsewhere(outgoing, route, error);
    } else if (handled && isFenced({ owner: outgoing.owner, name: message.name }, error)) {
      this.#failed(outgoing, CallOutcome.Unknown, lost(outgoing, route.runnerId, error), true);
    } else this.#failed(outgoing, CallOutcome.Answered, error, handled);
  }

  #unanswered(outgoing: Outgoing, route: Route, error: unknown): void {
    const code = LimelightError.is(error) ? error.code : "";
    const { NotHandled, Unknown } = CallOutcome;
    if (NOT_SENT.has(code)) this.#elsewhere(outgoing, route, error);
    else if (code === ErrorCode.EngineTooLarge) {
      this.#failed(outgoing, NotHandled, toError(error), false);
    } else if (this.#isOverdue(outgoing)) this.#failed(outgoing, Unknown, overdue(outgoing), true);
    else this.#failed(outgoing, Unknown, lost(outgoing, route.runnerId, error), true);
  }

  #elsewhere(outgoing: Outgoing, route: Route, error: unknown): void {
    this.#parts.telemetry.attempted(CallOutcome.NotHandled);
    this.#parts.notHandled(outgoing, route, error);
  }

  #failed(outgoing: Outgoing, outcome: CallOutcome, error: Error, handled: boolean): void {
    this.#parts.telemetry.attempted(outcome);
    this.#parts.telemetry.ended(outgoing, error);
    outgoing.message.fail(error, handled);
  }

  #timeoutMs({ message }: Outgoing): number {
    const { deadlineMs } = message;
    if (deadlineMs === undefined) return ROUND_MS;
    return Math.max(0, deadlineMs - this.#parts.clock.monotonicMs());
  }

  /** A tell without a limit waits for room in rounds. */
  #waitsOn({ message }: Outgoing, code: string): boolean {
    return (
      message.kind === "tell" && message.deadlineMs === undefined && code === ErrorCode.AskTimeout
    );
  }

  #isOverdue({ message: { deadlineMs } }: Outgoing): boolean {
    return deadlineMs !== undefined && deadlineMs <= this.#parts.clock.monotonicMs();
  }

  #add(flight: Flight): void {
    let flights = this.#byRunner.get(flight.runnerId);
    if (flights === undefined) {
      flights = new FlightList();
      this.#byRunner.set(flight.runnerId, flights);
    }
    flights.add(flight);
    this.#size += 1;
  }

  #remove(flight: Flight): boolean {
    const flights = flight.list;
    if (flights?.remove(flight) !== true) return false;
    this.#size -= 1;
    flight.outgoing.cancel = undefined;
    if (flight.noticeId !== undefined) this.#notices.forget(flight.noticeId);
    if (flights.first === undefined) this.#byRunner.delete(flight.runnerId);
    return true;
  }
}

function aborted({ message, owner }: Outgoing): LimelightError {
  const text = `${message.name} of a ${owner.type} was given up`;
  return new LimelightError(text, { code: ErrorCode.Aborted });
}

function lost({ message, owner }: Outgoing, runnerId: string, cause?: unknown): ClusterError {
  const text = `the runner of a ${owner.type} was lost while ${message.name} was under way`;
  return new ClusterError(text, { code: ErrorCode.RunnerLost, runnerId, cause });
}

function overdue({ message, owner }: Outgoing): DeliveryError {
  const actorId = `${owner.type}/${owner.keyText}`;
  const text = `no answer to ${message.name} of ${actorId} in time`;
  return new DeliveryError(text, {
    code: ErrorCode.AskTimeout,
    actorId,
    messageType: message.name,
  });
}
