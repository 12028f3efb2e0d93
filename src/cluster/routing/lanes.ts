import { type Clock, KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { errorMessage, isError } from "../../base/foreign-value.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import { CallOutcome } from "../../telemetry/cluster-attributes.ts";
import { wait } from "../engine/wait.ts";
import { PlacementReason } from "../protocol/placement-record.ts";
import type { CallTelemetry } from "./call-telemetry.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Route } from "./route-cache.ts";
import type { Routes } from "./routes.ts";

/** What {@link Lanes} work with. */
export interface LanesParts {
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Resolves when the node can look for actors; rejects when it never will. */
  readonly ready: () => Promise<Pick<Routes, "place">>;
  /** Resolves with whether there is such an actor, as the store says. */
  readonly exists: (outgoing: Outgoing) => Promise<boolean>;
  /** Sends a message on. Called in the order in which the messages were sent. */
  readonly send: (outgoing: Outgoing, route: Route) => void;
  /** Messages that may wait. */
  readonly maxWaiting: number;
  readonly telemetry: Pick<CallTelemetry, "lost">;
}

/** The messages to one key for which no runner is known. */
interface Lane {
  /** In the order in which they were sent. */
  readonly waiting: Outgoing[];
  /** How often it was looked for in vain, one after the other. */
  attempts: number;
  looksFor: boolean;
}

const BACKOFF = { initialMs: 10, factor: 2, maxMs: 500, jitter: 0.5 };
/** How long the coordinator may take at a time. */
const PLACE_MS = 2_000;

/** Errors that do not go away by asking again. */
const FINAL: ReadonlySet<string> = new Set([
  ErrorCode.EngineClosed,
  ErrorCode.EngineConfig,
  ErrorCode.EngineTooLarge,
  ErrorCode.EngineUnsafe,
  ErrorCode.EngineVersion,
  ErrorCode.NoSuchActor,
  ErrorCode.ProtocolInvalid,
  ErrorCode.ProtocolVersion,
  ErrorCode.StartFailed,
  ErrorCode.StateInvalid,
  ErrorCode.SystemStopped,
]);

/** Where messages wait until it is known which runner their actors are on: one look-up for all messages to a key. */
export class Lanes {
  readonly #parts: LanesParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #closing = new AbortController();
  #size = 0;
  /** Whether the node has joined its cluster. */
  #isReady = false;

  constructor(parts: LanesParts) {
    this.#parts = parts;
  }

  /** Number of messages that wait. */
  get size(): number {
    return this.#size;
  }

  /** Whether messages to this address wait: later ones have to wait behind them. */
  has(address: string): boolean {
    return this.#lanes.has(address);
  }

  /** Adds a message, at its place among those that wait. It may have been sent before, and not been handled. */
  add(outgoing: Outgoing): void {
    const { address, message } = outgoing;
    if (this.#size >= this.#parts.maxWaiting) {
      const text = `${this.#size} messages wait for runners of their actors already`;
      message.fail(new ClusterError(text, { code: ErrorCode.PlacementOverloaded }), false);
      return;
    }
    const lane = this.#lanes.get(address) ?? { waiting: [], attempts: 0, looksFor: false };
    this.#lanes.set(address, lane);
    insertSorted(lane.waiting, outgoing);
    this.#size += 1;
    outgoing.cancel = () => this.#remove(lane, outgoing);
    this.#limit(lane, outgoing);
    if (!lane.looksFor) void this.#look(lane); // never rejects
  }

  /** Fails everything that waits. */
  close(error: Error): void {
    this.#closing.abort();
    for (const lane of [...this.#lanes.values()]) this.#failAll(lane, error);
  }

  /** Looks for the runner until it is found, or nothing waits for it any more. */
  async #look(lane: Lane): Promise<void> {
    lane.looksFor = true;
    for (let first = lane.waiting[0]; first !== undefined; first = lane.waiting[0]) {
      // Messages that were not handled come here again: not at once, and with others that come back meanwhile.
      const attempt = Math.max(lane.attempts, first.attempts);
      if (attempt > 0) await this.#pause(attempt);
      const next = lane.waiting[0];
      if (next === undefined) break;
      try {
        const route = await this.#find(next);
        lane.attempts = 0;
        if (route !== undefined) this.#flush(lane, route);
      } catch (error) {
        lane.attempts += 1;
        this.#failed(lane, error);
      }
    }
    lane.looksFor = false;
  }

  async #find(outgoing: Outgoing): Promise<Route | undefined> {
    const { message, owner, trace, notAt } = outgoing;
    const routes = await this.#parts.ready();
    this.#isReady = true;
    if (message.ended) return undefined;
    if (message.mustExist && !(await this.#parts.exists(outgoing))) {
      const text = `there is no ${owner.type} under this key`;
      message.fail(new ClusterError(text, { code: ErrorCode.NoSuchActor }), false);
      return undefined;
    }
    const { input } = message;
    const leftMs = (outgoing.deadlineMs ?? Infinity) - this.#parts.clock.monotonicMs();
    const waitMs = Math.max(1, Math.min(leftMs, PLACE_MS));
    const reason = PlacementReason.Wanted;
    return await routes.place(owner, { reason, input, waitMs, notAt, trace });
  }

  #flush(lane: Lane, route: Route): void {
    // What comes back in this turn is looked for again, and not sent on at once for ever.
    for (const next of [...lane.waiting]) {
      this.#remove(lane, next);
      this.#parts.send(next, route);
    }
  }

  #failed(lane: Lane, error: unknown): void {
    const isFinal = isCoded(error) && FINAL.has(error.code);
    if (isFinal) {
      this.#failAll(lane, error as unknown as Error);
      return;
    }
    for (const outgoing of lane.waiting) outgoing.lastError = error;
  }

  #failAll(lane: Lane, error: Error): void {
    for (let next = lane.waiting[0]; next !== undefined; next = lane.waiting[0]) {
      this.#remove(lane, next);
      this.#parts.telemetry.lost(next, CallOutcome.NoRunner, error);
      next.message.fail(error, false);
    }
  }

  #remove(lane: Lane, outgoing: Outgoing): void {
    const at = lane.waiting.indexOf(outgoing);
    if (at === -1) return;
    lane.waiting.splice(at, 1);
    this.#size -= 1;
    outgoing.timer?.cancel();
    outgoing.timer = undefined;
    outgoing.cancel = undefined;
    if (lane.waiting.length === 0) this.#lanes.delete(outgoing.address);
  }

  #limit(lane: Lane, outgoing: Outgoing): void {
    const { deadlineMs } = outgoing;
    if (deadlineMs === undefined) return;
    const { clock } = this.#parts;
    const giveUp = (): void => {
      this.#remove(lane, outgoing);
      const error = noRunner(outgoing, this.#isReady);
      this.#parts.telemetry.lost(outgoing, CallOutcome.NoRunner, error);
      outgoing.message.fail(error, false);
    };
    const leftMs = Math.max(0, deadlineMs - clock.monotonicMs());
    outgoing.timer = clock.schedule(giveUp, leftMs, KeepAlive.Yes);
  }

  async #pause(attempt: number): Promise<void> {
    const { clock, luck } = this.#parts;
    await wait(clock, backoffDelayMs(BACKOFF, attempt, luck()), this.#closing.signal);
  }
}

/** Mostly at the end. */
function insertSorted(waiting: Outgoing[], outgoing: Outgoing): void {
  let at = waiting.length;
  while (at > 0 && (waiting[at - 1]?.sequence ?? 0) > outgoing.sequence) at -= 1;
  waiting.splice(at, 0, outgoing);
}

function noRunner({ owner, message, lastError }: Outgoing, isReady: boolean): ClusterError {
  const notJoined = isReady ? "" : ": this process has not reached the engine of its cluster yet";
  const why = isError(lastError) ? `: ${errorMessage(lastError)}` : notJoined;
  const text = `no runner could take ${message.name} of ${owner.type} in time${why}`;
  return new ClusterError(text, { code: ErrorCode.NoRunner, cause: lastError });
}

function isCoded(error: unknown): error is { readonly code: string } {
  return isError(error) && typeof (error as { readonly code?: unknown }).code === "string";
}
