import type { Clock } from "../../base/clock.ts";
import {
  ClusterError,
  DeliveryError,
  ErrorCode,
  errorType,
  LimelightError,
  toError,
} from "../../base/errors.ts";
import { CallOutcome, CallSide } from "../../telemetry/cluster-attributes.ts";
import { type CallAnswer, decodeAnswer } from "../calls/call-answer.ts";
import { encodeAbort, encodeCall } from "../calls/call-message.ts";
import type { Bus, BusMessage } from "../engine/bus.ts";
import { callSubject } from "../protocol/subjects.ts";
import type { CallMetrics } from "../telemetry/call-metrics.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Route } from "./route-cache.ts";

/** What {@link Flights} work with. */
export interface FlightsParts {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly bus: Pick<Bus, "request" | "publish">;
  /** `maxMessageBytes` of the engine. */
  readonly maxBytes: number;
  readonly metrics: CallMetrics;
  /** The message was not handled there; it is to be sent again. */
  readonly notHandled: (outgoing: Outgoing, route: Route, error: unknown) => void;
}

/** A call that was sent, and not answered. */
interface Flight {
  readonly outgoing: Outgoing;
  readonly controller: AbortController;
}

/** A reply is waited for a little longer than its sender does: what is too late for it is no fault of the engine. */
const GRACE_MS = 250;
/** How long a tell without a limit waits for room at a time; it is then sent again. */
const ROUND_MS = 20_000;

/** Errors that say that the message was not handled, and may be elsewhere or later. */
const ELSEWHERE: ReadonlySet<string> = new Set([ErrorCode.NotOwner, ErrorCode.RunnerDraining]);
const NOT_SENT: ReadonlySet<string> = new Set([
  ErrorCode.EngineNoListener,
  ErrorCode.EngineUnavailable,
]);

/** Calls to actors in other processes that were sent and are not answered yet, by runner. */
export class Flights {
  readonly #parts: FlightsParts;
  readonly #byRunner = new Map<string, Set<Flight>>();
  #nextId = 1;
  #size = 0;

  constructor(parts: FlightsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#size;
  }

  /** Sends a message to the runner of its actor. */
  send(outgoing: Outgoing, route: Route): void {
    const { message, owner } = outgoing;
    if (message.ended) return;
    const { nodeId, maxBytes } = this.#parts;
    const id = `${nodeId.slice(-40)}-${this.#nextId.toString(36)}`;
    this.#nextId += 1;
    const timeoutMs = this.#timeoutMs(outgoing);
    let encoded: BusMessage;
    try {
      encoded = encodeCall(
        outgoing.call(id, route.generation, timeoutMs),
        outgoing.argsText,
        maxBytes,
      );
    } catch (error) {
      message.fail(toError(error), false);
      return;
    }
    const flight: Flight = { outgoing, controller: new AbortController() };
    this.#add(route.runnerId, flight);
    outgoing.cancel = () => {
      this.#remove(route.runnerId, flight);
      flight.controller.abort();
      this.#parts.metrics.attempted(CallOutcome.Aborted);
      this.#parts.bus.publish(callSubject(route.runnerId), encodeAbort({ id, owner })); // it may get lost
    };
    void this.#request(flight, route, encoded, timeoutMs); // never rejects
  }

  /** Ends all calls to a runner that is gone: what became of them is not known. */
  lose(runnerId: string): void {
    for (const flight of this.#byRunner.get(runnerId) ?? []) {
      this.#remove(runnerId, flight);
      this.#unknown(flight.outgoing, lost(flight.outgoing, runnerId));
      flight.controller.abort();
    }
  }

  /** Ends all calls. */
  close(error: Error): void {
    for (const [runnerId, flights] of this.#byRunner) {
      for (const flight of flights) {
        this.#remove(runnerId, flight);
        flight.outgoing.message.fail(error, true);
        flight.controller.abort();
      }
    }
  }

  async #request(
    flight: Flight,
    route: Route,
    encoded: BusMessage,
    timeoutMs: number,
  ): Promise<void> {
    const { bus, maxBytes } = this.#parts;
    const { signal } = flight.controller;
    try {
      const options = { timeoutMs: timeoutMs + GRACE_MS, signal };
      const reply = await bus.request(callSubject(route.runnerId), encoded, options);
      if (this.#remove(route.runnerId, flight)) {
        this.#answered(flight.outgoing, route, decodeAnswer(reply, maxBytes));
      }
    } catch (error) {
      this.#remove(route.runnerId, flight);
      if (!flight.outgoing.message.ended) this.#unanswered(flight.outgoing, route, error);
    }
  }

  #answered(outgoing: Outgoing, route: Route, answer: CallAnswer): void {
    const { message } = outgoing;
    if (answer.kind === "reply") {
      this.#ended(outgoing, CallOutcome.Answered, undefined);
      if (message.kind === "tell") message.accepted();
      else message.reply(answer.value);
      return;
    }
    const { error, handled } = answer;
    const code = LimelightError.is(error) ? error.code : "";
    if (!handled && (ELSEWHERE.has(code) || this.#waitsOn(outgoing, code))) {
      this.#notHandled(outgoing, route, error);
    } else if (handled && code === ErrorCode.NotOwner) {
      this.#unknown(outgoing, lost(outgoing, route.runnerId, error)); // it was fenced with the message at work
    } else {
      this.#ended(outgoing, CallOutcome.Answered, error);
      message.fail(error, handled);
    }
  }

  #unanswered(outgoing: Outgoing, route: Route, error: unknown): void {
    const code = LimelightError.is(error) ? error.code : "";
    if (NOT_SENT.has(code)) this.#notHandled(outgoing, route, error);
    else if (code === ErrorCode.EngineTooLarge) outgoing.message.fail(toError(error), false);
    else if (this.#isOverdue(outgoing)) this.#unknown(outgoing, overdue(outgoing));
    else this.#unknown(outgoing, lost(outgoing, route.runnerId, error));
  }

  #notHandled(outgoing: Outgoing, route: Route, error: unknown): void {
    this.#parts.metrics.attempted(CallOutcome.NotHandled);
    this.#parts.notHandled(outgoing, route, error);
  }

  #unknown(outgoing: Outgoing, error: Error): void {
    this.#ended(outgoing, CallOutcome.Unknown, error);
    outgoing.message.fail(error, true);
  }

  #ended(outgoing: Outgoing, outcome: CallOutcome, error: Error | undefined): void {
    const { metrics, clock } = this.#parts;
    const { owner, message, sentMs } = outgoing;
    const code = error === undefined ? undefined : errorType(error);
    metrics.attempted(outcome);
    metrics.ended(
      CallSide.Client,
      `${owner.type}/${message.name}`,
      code,
      clock.monotonicMs() - sentMs,
    );
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

  #add(runnerId: string, flight: Flight): void {
    const flights = this.#byRunner.get(runnerId) ?? new Set();
    this.#byRunner.set(runnerId, flights.add(flight));
    this.#size += 1;
    this.#parts.metrics.active[CallSide.Client].add(1);
  }

  #remove(runnerId: string, flight: Flight): boolean {
    const flights = this.#byRunner.get(runnerId);
    if (flights?.delete(flight) !== true) return false;
    this.#size -= 1;
    this.#parts.metrics.active[CallSide.Client].add(-1);
    flight.outgoing.cancel = undefined;
    if (flights.size === 0) this.#byRunner.delete(runnerId);
    return true;
  }
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
