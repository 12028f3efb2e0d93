import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { CallOutcome } from "../../telemetry/cluster-attributes.ts";
import type { Arrivals } from "../calls/arrivals.ts";
import type { BusSubscription, ReceivedMessage } from "../engine/bus.ts";
import { addressOf } from "../protocol/address.ts";
import { isAgain, sendWhereverItIs } from "../routing/attempts.ts";
import type { CallTelemetry } from "../routing/call-telemetry.ts";
import { onNoAnswer } from "../routing/lost-runners.ts";
import type { OpenRouting } from "../routing/open-routing.ts";
import type { Route } from "../routing/route-cache.ts";
import { BodyStreams } from "../streams/body-streams.ts";
import { decodeStreamFrame } from "../streams/stream-frames.ts";
import { chunkBytesOf, windowBeside } from "../streams/stream-limits.ts";
import { type AskedRequest, OutgoingRequest } from "./outgoing-request.ts";
import { RequestFlight } from "./request-flight.ts";

/** What {@link RemoteRequests} work with. */
export interface RemoteRequestsParts {
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Returns a text of letters and digits, at most 20, that no process ever gets again. */
  readonly newId: () => string;
  /** Resolves when the engine is open; rejects when it will not open. */
  readonly opened: Promise<OpenRouting>;
  /** Returns the id of the runner that this process is; `undefined` while it is none. */
  readonly runnerId: () => string | undefined;
  readonly arrivals: Arrivals;
  readonly telemetry: CallTelemetry;
  /** Called for a message that is no part of a body. */
  readonly onInvalid: () => void;
}

const ARRIVAL_MS = 10_000;

/** HTTP requests of the gateways of this process for actors, wherever those are. */
export class RemoteRequests {
  readonly #parts: RemoteRequestsParts;
  readonly #streams: BodyStreams;
  readonly #flights = new Set<RequestFlight>();
  readonly #waiting = new Set<OutgoingRequest>();
  #inbox: string | undefined;
  #subscription: BusSubscription | undefined;
  #closed: Error | undefined;

  constructor(parts: RemoteRequestsParts) {
    this.#parts = parts;
    this.#streams = new BodyStreams(parts.clock);
    parts.opened.then(
      ({ runners }) => {
        onNoAnswer(runners, parts.clock, (runnerId) => this.#lose(runnerId));
      },
      () => {}, // whoever sends a request is told
    );
  }

  /** Requests that were sent and whose responses have not ended. */
  get inFlight(): number {
    return this.#flights.size;
  }

  /** Has the actor answer a request, wherever it is. Never throws. */
  request(asked: AskedRequest): void {
    const { request, sending, answer } = asked;
    asked.here.request(request, sending, {
      reply: (response) => answer.reply(response),
      fail: (error, handled) => {
        if (handled || !isElsewhere(error)) answer.fail(error, handled);
        else void this.#send(asked); // never rejects
      },
    });
  }

  /** Ends everything that waits or is under way; later requests fail, too. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const outgoing of [...this.#waiting]) outgoing.fail(error, false);
    for (const flight of [...this.#flights]) flight.lose(error);
    this.#subscription?.stop();
    this.#subscription = undefined;
  }

  async #send(asked: AskedRequest): Promise<void> {
    const { telemetry, clock } = this.#parts;
    const unsent = (error: LimelightError): void => {
      const { Aborted, NoRunner } = CallOutcome;
      telemetry.lost(outgoing, error.code === ErrorCode.Aborted ? Aborted : NoRunner, error);
    };
    const outgoing: OutgoingRequest = new OutgoingRequest(asked, clock, unsent);
    this.#waiting.add(outgoing);
    telemetry.began(outgoing);
    try {
      outgoing.follow();
      await this.#sendNow(outgoing);
    } catch (error) {
      if (!outgoing.ended) telemetry.lost(outgoing, CallOutcome.NoRunner, error);
      outgoing.fail(error, false);
    }
    this.#waiting.delete(outgoing);
  }

  async #sendNow(outgoing: OutgoingRequest): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    const routing = await this.#parts.opened;
    const { owner, trace } = outgoing;
    const { create, deadlineMs, input } = outgoing.asked.sending;
    if (!create && !outgoing.ended && !(await routing.operations.exists(owner))) {
      const text = `there is no ${owner.type} under this key`;
      throw new ClusterError(text, { code: ErrorCode.NoSuchActor });
    }
    await sendWhereverItIs(
      { ...this.#parts, routes: routing.routes },
      {
        owner,
        deadlineMs,
        input,
        trace,
        isOver: () => outgoing.ended,
        send: (route) => this.#sendTo(outgoing, route, routing),
      },
    );
  }

  /** Rejects if it was not handled there. */
  async #sendTo(outgoing: OutgoingRequest, route: Route, routing: OpenRouting): Promise<void> {
    if (outgoing.ended) return;
    if (route.runnerId === this.#parts.runnerId()) await this.#deliverHere(outgoing, route);
    else await this.#fly(outgoing, route, routing);
  }

  /** Its start may still be on its way to this process. */
  #deliverHere(outgoing: OutgoingRequest, { generation }: Route): Promise<void> {
    const { here, request, sending } = outgoing.asked;
    return new Promise((resolve, reject) => {
      const deliver = (): void => {
        if (outgoing.ended) {
          resolve();
          return;
        }
        outgoing.onGivenUp = () => {}; // it ends here by itself
        here.request(request, sending, {
          reply: (response) => {
            outgoing.reply(response as Response); // as `KeyAddress.request` answers
            resolve();
          },
          fail: (error, handled) => {
            if (!handled && isAgain(error)) {
              outgoing.onGivenUp = undefined;
              reject(error);
            } else {
              outgoing.fail(error, handled);
              resolve();
            }
          },
        });
      };
      this.#parts.arrivals.wait(addressOf(outgoing.owner), generation, ARRIVAL_MS, deliver);
    });
  }

  async #fly(outgoing: OutgoingRequest, route: Route, { session }: OpenRouting): Promise<void> {
    const { clock, newId, telemetry } = this.#parts;
    const { bus, capabilities } = session;
    const { maxMessageBytes: maxBytes } = capabilities;
    const flight = new RequestFlight({
      id: newId(),
      clock,
      bus,
      maxBytes,
      chunkBytes: chunkBytesOf(maxBytes),
      window: windowBeside(this.#streams.size),
      inbox: this.#listen(session),
      telemetry,
      outgoing,
      route,
      over: () => {
        this.#flights.delete(flight);
        this.#streams.remove(flight.stream);
      },
    });
    this.#flights.add(flight);
    this.#streams.add(flight.stream);
    await flight.send();
  }

  /** All parts of responses come to one inbox, in their order. */
  #listen({ bus }: OpenRouting["session"]): string {
    this.#inbox ??= bus.inbox();
    this.#subscription ??= bus.subscribe(this.#inbox, (message) => this.#receive(message));
    return this.#inbox;
  }

  #receive(message: ReceivedMessage): void {
    try {
      const { id, frame } = decodeStreamFrame(message);
      this.#streams.find(id)?.receive(frame); // those of one that has ended are late
    } catch {
      this.#parts.onInvalid();
    }
  }

  #lose(runnerId: string): void {
    for (const flight of [...this.#flights]) {
      if (flight.route.runnerId === runnerId) flight.lose();
    }
  }
}

function isElsewhere(error: unknown): boolean {
  return LimelightError.is(error) && error.code === ErrorCode.NotOwner;
}
