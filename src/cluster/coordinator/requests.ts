import { type Clock, KeepAlive } from "../../base/clock.ts";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { answerMessage, readRequest } from "../codec/place-codec.ts";
import {
  decideRequests,
  type RequestOutcome,
  type WaitingRequest,
} from "../decisions/decide-requests.ts";
import type { Bus, BusSubscription, ReceivedMessage } from "../engine/bus.ts";
import { LIMITS } from "../protocol/limits.ts";
import type {
  CoordinatorAnswer,
  CoordinatorRequest,
  PlaceRequest,
  SignalRequest,
} from "../protocol/place.ts";
import { PlacementStatus } from "../protocol/placement-record.ts";
import { PLACE_SUBJECT } from "../protocol/subjects.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";
import type { PlacementIndex } from "./placement-index.ts";
import type { Placements } from "./placements.ts";
import type { Reconciler } from "./reconciler.ts";
import type { RunnerChoice } from "./runner-choice.ts";
import type { Term } from "./term.ts";

/** How many requests may wait. */
export interface RequestLimits {
  readonly total: number;
  /** Of one node. */
  readonly perPeer: number;
  /** Actors that requests may keep pending, since no runner fits them. */
  readonly pending: number;
}

/** What {@link Requests} work with. */
export interface RequestsParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly term: Term;
  readonly placements: Placements;
  readonly index: PlacementIndex;
  readonly choice: RunnerChoice;
  readonly reconciler: Reconciler;
  readonly limits: RequestLimits;
  /** A request waits for an actor from now on. */
  readonly awaited: (address: string) => void;
  readonly observer: CoordinatorObserver;
}

/** The shortest time that a request waits, so that it can be answered at all. */
const MIN_WAIT_MS = 50;
const TRY_AGAIN_MS = 250;

/**
 * Answers requests for placements and signals. Requests for one actor share its decisions; those that cannot be answered
 * wait until the record changes, at most as long as they say.
 */
export class Requests {
  readonly #parts: RequestsParts;
  readonly #waiting = new Map<string, Set<WaitingRequest>>();
  readonly #byPeer = new Map<string, number>();
  /** Addresses that are being decided about; true: something has changed meanwhile. */
  readonly #deciding = new Map<string, boolean>();
  /** Addresses whose last decision has failed; it is made again after a while. */
  readonly #failed = new Set<string>();
  /** Addresses that are being written as pending. */
  readonly #pending = new Set<string>();
  #total = 0;
  #subscription: BusSubscription | undefined;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /** Number of requests that wait. */
  get size(): number {
    return this.#total;
  }

  /** Whether a request waits for an actor to be placed. */
  isWanted(address: string): boolean {
    for (const { request } of this.#waiting.get(address) ?? []) {
      if (request.kind === "place") return true;
    }
    return false;
  }

  /** Whether any request waits for an actor. */
  isAwaited(address: string): boolean {
    return this.#waiting.has(address);
  }

  start(): void {
    const { bus } = this.#parts;
    this.#subscription = bus.subscribe(PLACE_SUBJECT, (message) => this.#receive(message));
  }

  /** Takes nothing more, and sends those that wait to the next coordinator. */
  stop(): void {
    this.#subscription?.stop();
    const code = ErrorCode.EngineNoListener;
    for (const address of [...this.#waiting.keys()]) {
      this.#refuseAll(address, { code, message: "the coordinator has changed" });
    }
  }

  /** Looks again at the requests for an actor, whose record has changed. */
  notify(address: string): void {
    if (!this.#waiting.has(address) || this.#failed.has(address)) return;
    if (this.#deciding.has(address)) this.#deciding.set(address, true);
    else void this.#decide(address); // never rejects
  }

  /** Looks again at all requests: there is a runner that was not there before. */
  notifyAll(): void {
    for (const address of [...this.#waiting.keys()]) this.notify(address);
  }

  /** Looks again at requests that no change of a record may end: they wait for room, or for a time to pass. */
  sweep(): void {
    for (const address of [...this.#waiting.keys()]) {
      const status = this.#parts.index.find(address)?.status;
      switch (status) {
        case undefined:
        case PlacementStatus.Asleep:
        case PlacementStatus.Backoff:
        case PlacementStatus.Failed:
          this.notify(address);
          break;
        case PlacementStatus.Pending:
        case PlacementStatus.Starting:
        case PlacementStatus.Running:
        case PlacementStatus.Stopping:
          break; // they change
      }
    }
  }

  #receive(message: ReceivedMessage): void {
    const { observer, clock, limits } = this.#parts;
    let request: CoordinatorRequest;
    try {
      request = readRequest(message);
    } catch (error) {
      const code = LimelightError.is(error) ? error.code : ErrorCode.ProtocolInvalid;
      observer.refused(code);
      this.#reply(message.replyTo, refusal(code, toError(error).message));
      return;
    }
    const fromPeer = this.#byPeer.get(request.from) ?? 0;
    if (this.#total >= limits.total || fromPeer >= limits.perPeer) {
      observer.refused(ErrorCode.PlacementOverloaded);
      const text = "too many requests for placements wait";
      this.#reply(message.replyTo, refusal(ErrorCode.PlacementOverloaded, text));
      return;
    }
    const receivedAtMs = clock.monotonicMs();
    const waitMs = Math.max(MIN_WAIT_MS, request.waitMs);
    const untilMs = receivedAtMs + waitMs;
    const { replyTo } = message;
    const waiting: WaitingRequest = { request, receivedAtMs, untilMs, replyTo, timer: undefined };
    waiting.timer = clock.schedule(() => this.#expire(waiting), waitMs, KeepAlive.No);
    this.#add(waiting);
    if (request.kind === "place" && request.notAt !== undefined) {
      this.#parts.reconciler.check(request.address, request.notAt);
    }
    this.#parts.awaited(request.address);
    this.notify(request.address);
  }

  #add(waiting: WaitingRequest): void {
    const { address, from } = waiting.request;
    const requests = this.#waiting.get(address);
    if (requests === undefined) this.#waiting.set(address, new Set([waiting]));
    else requests.add(waiting);
    this.#byPeer.set(from, (this.#byPeer.get(from) ?? 0) + 1);
    this.#total += 1;
    this.#parts.observer.waitingAre(this.#total);
  }

  #expire(waiting: WaitingRequest): void {
    const { address } = waiting.request;
    const text = this.#parts.choice.isServed(address)
      ? "no runner could take the actor in time"
      : "no runner defines the type of the actor, or has the labels that it requires";
    this.#refuse(address, waiting, ErrorCode.NoRunner, text);
  }

  #refuseAll(address: string, { code, message }: Pick<LimelightError, "code" | "message">): void {
    for (const waiting of [...(this.#waiting.get(address) ?? [])]) {
      this.#refuse(address, waiting, code, message);
    }
  }

  #refuse(address: string, waiting: WaitingRequest, code: ErrorCode, text: string): void {
    if (this.#answer(address, waiting, refusal(code, text))) this.#parts.observer.refused(code);
  }

  /** Ends a request. Returns false if it was answered before. */
  #answer(address: string, waiting: WaitingRequest, answer: CoordinatorAnswer): boolean {
    const requests = this.#waiting.get(address);
    if (requests?.delete(waiting) !== true) return false;
    if (requests.size === 0) this.#waiting.delete(address);
    waiting.timer?.cancel();
    const { from } = waiting.request;
    const left = (this.#byPeer.get(from) ?? 1) - 1;
    if (left === 0) this.#byPeer.delete(from);
    else this.#byPeer.set(from, left);
    this.#total -= 1;
    this.#parts.observer.waitingAre(this.#total);
    this.#reply(waiting.replyTo, answer);
    return true;
  }

  #reply(replyTo: string | undefined, answer: CoordinatorAnswer): void {
    // A reply that is not sent is asked for again.
    if (replyTo !== undefined) this.#parts.bus.publish(replyTo, answerMessage(answer));
  }

  async #decide(address: string): Promise<void> {
    try {
      do {
        this.#deciding.set(address, false);
        await this.#decideOnce(address);
      } while (this.#deciding.get(address) === true && this.#waiting.has(address));
    } catch (error) {
      this.#parts.observer.failed("placement could not be decided", error);
      if (LimelightError.is(error) && error.code === ErrorCode.EngineTooLarge) {
        this.#refuseAll(address, error); // it would be as large the next time
      } else this.#decideLater(address);
    } finally {
      this.#pending.delete(address);
      this.#deciding.delete(address);
    }
  }

  /** One appointment for each address: requests that come meanwhile would make more and more of them. */
  #decideLater(address: string): void {
    this.#failed.add(address);
    const decide = (): void => {
      this.#failed.delete(address);
      this.notify(address);
    };
    this.#parts.clock.schedule(decide, TRY_AGAIN_MS, KeepAlive.No);
  }

  async #decideOnce(address: string): Promise<void> {
    const { placements, clock, term, index, choice, limits, reconciler } = this.#parts;
    const requests = [...(this.#waiting.get(address) ?? [])];
    const [first] = requests;
    if (first === undefined || !term.isActive) return;
    const places = requests.filter(isPlaceRequest);
    const signals = requests.filter(isSignalRequest);
    let outcome: RequestOutcome | undefined;
    await placements.update(
      address,
      (record, parts) => {
        outcome = decideRequests(parts, record, {
          address,
          places,
          signals,
          choose: () => choice.for(address),
          isThere: (runnerId) => choice.isThere(runnerId),
          isChecking: reconciler.isChecking(address),
          mayPend: index.pending.size + this.#pending.size < limits.pending,
          monotonicMs: clock.monotonicMs(),
        });
        if (outcome.next?.status === PlacementStatus.Pending) this.#pending.add(address);
        return outcome.next;
      },
      first.receivedAtMs,
    );
    for (const [waiting, answer] of outcome?.answers ?? []) {
      if (answer.kind === "refused") this.#refuse(address, waiting, answer.code, answer.text);
      else this.#answer(address, waiting, answer);
    }
  }
}

function isPlaceRequest(waiting: WaitingRequest): waiting is WaitingRequest<PlaceRequest> {
  return waiting.request.kind === "place";
}

function isSignalRequest(waiting: WaitingRequest): waiting is WaitingRequest<SignalRequest> {
  return waiting.request.kind === "signal";
}

function refusal(code: ErrorCode, text: string): CoordinatorAnswer {
  return { kind: "refused", code, text: text.slice(0, LIMITS.textLength).toWellFormed() };
}
