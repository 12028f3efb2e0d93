import type { ActorHost } from "../../activation/hosting/actor-host.ts";
import { ActorOperation, type OperationResults } from "../../activation/placement/placement.ts";
import { type DueEntry, metaKey, type Owner } from "../../activation/records/record-keys.ts";
import { AbortSwitch } from "../../base/async/abort-switch.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import { context } from "../../telemetry/context/api.ts";
import type { Arrivals } from "../calls/arrivals.ts";
import { decodeAnswer } from "../calls/call-answer.ts";
import { CallKind, encodeCall } from "../calls/call-message.ts";
import { traceFieldsOf } from "../calls/trace-fields.ts";
import type { BusMessage } from "../engine/bus.ts";
import type { EngineSession } from "../engine/engine.ts";
import { wait } from "../engine/wait.ts";
import { addressOf } from "../protocol/address.ts";
import { SignalName } from "../protocol/commands.ts";
import { PlacementReason } from "../protocol/placement-record.ts";
import { callSubject, DUE_SUBJECT } from "../protocol/subjects.ts";
import { isAgain } from "./attempts.ts";
import type { CoordinatorClient } from "./coordinator-client.ts";
import { dueMessage } from "./due-notice.ts";
import type { KnownRunners } from "./known-runners.ts";
import { onNoAnswer } from "./lost-runners.ts";
import type { Route } from "./route-cache.ts";
import type { Routes } from "./routes.ts";

/** What {@link Operations} work with. */
export interface OperationsParts {
  /** Returns the id of the runner that this process is; `undefined` while it is none. */
  readonly runnerId: () => string | undefined;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  readonly session: EngineSession;
  readonly routes: Routes;
  readonly runners: Pick<KnownRunners, "onGone">;
  readonly coordinator: CoordinatorClient;
  /** The actors of this process. */
  readonly host: ActorHost;
  readonly arrivals: Arrivals;
  /** Whether this process looks for due times: the coordinator does. */
  readonly scans: () => boolean;
  /** Ends the attempts: the node is being closed. */
  readonly signal: AbortSignal;
  /** Unique text of at most 64 characters of `A-Z a-z 0-9 - _`. */
  readonly newId: () => string;
}

const DAMAGED: ReadonlySet<string> = new Set([
  ErrorCode.ProtocolInvalid,
  ErrorCode.ProtocolVersion,
]);
const BACKOFF = { initialMs: 20, factor: 2, maxMs: 500, jitter: 0.5 };
/** For how long an operation is tried again that was not carried out. */
const TRY_MS = 30_000;
/** How long the result is waited for. Actors take as long to end as their hooks do. */
const RESULT_MS = 600_000;
/** How long the coordinator may take at a time. */
const PLACE_MS = 2_000;
const ARRIVAL_MS = 10_000;

/** What is done to keys besides sending them messages, wherever their actors are. */
export class Operations {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  /** Returns whether there is an actor, awake or stored. Rejects with an error of the store. */
  async exists(owner: Owner): Promise<boolean> {
    const { entries } = await this.#parts.session.store.load({ keys: [metaKey(owner)] });
    return entries.length > 0;
  }

  /** Rejects with `ERR_NO_RUNNER` or an error of the engine, or as the operation does where it is carried out. */
  async perform<Operation extends ActorOperation>(
    owner: Owner,
    operation: Operation,
  ): Promise<OperationResults[Operation]> {
    const result = await this.#again(() => this.#perform(owner, operation));
    return result as OperationResults[Operation]; // of this process, or of one that is trusted like it
  }

  /** Runs `work` if the actor is nowhere. What it writes must depend on what it has read: an actor may start meanwhile. */
  async exclusively<Value>(owner: Owner, work: () => Promise<Value>): Promise<Value | undefined> {
    const route = await this.#parts.routes.find(owner);
    return route === undefined ? await work() : undefined;
  }

  scansDueTimes(): boolean {
    return this.#parts.scans();
  }

  /** It may get lost: due times are looked for from time to time in any case. */
  noticeDue(dueAtMs: number): void {
    this.#parts.session.bus.publish(DUE_SUBJECT, dueMessage(dueAtMs));
  }

  async wake(entry: DueEntry): Promise<void> {
    const { coordinator } = this.#parts;
    const active = context.active();
    const signal = {
      signal: SignalName.Wake,
      data: entry,
      waitMs: PLACE_MS,
      trace: traceFieldsOf(active, spanOf(active)),
    };
    await coordinator.signal(addressOf(entry.owner), signal); // what has found it due tries again
  }

  async awakeElsewhere(type: string, keyTexts: readonly string[]): Promise<ReadonlySet<string>> {
    const awake = new Set<string>();
    const look = async (keyText: string): Promise<void> => {
      const route = await this.#routeForList({ type, keyText });
      if (route !== undefined && route.runnerId !== this.#parts.runnerId()) awake.add(keyText);
    };
    await Promise.all(keyTexts.map(look));
    return awake;
  }

  async #perform(owner: Owner, operation: ActorOperation): Promise<unknown> {
    const { runnerId, host } = this.#parts;
    const route = await this.#routeFor(owner, operation);
    if (route === undefined) return await this.#performNowhere(owner, operation);
    if (route.runnerId !== runnerId()) return await this.#request(owner, operation, route);
    await this.#arrival(addressOf(owner), route);
    return await host.perform(owner, operation);
  }

  /** A placement that is damaged is no reason to list nothing; whoever calls its actor has the error. */
  async #routeForList(owner: Owner): Promise<Route | undefined> {
    try {
      return await this.#parts.routes.find(owner);
    } catch (error) {
      if (LimelightError.is(error) && DAMAGED.has(error.code)) return undefined;
      throw error;
    }
  }

  async #routeFor(owner: Owner, operation: ActorOperation): Promise<Route | undefined> {
    if (operation !== ActorOperation.Wake) return await this.#parts.routes.find(owner);
    const active = context.active();
    const trace = traceFieldsOf(active, spanOf(active));
    const wanted = { reason: PlacementReason.Requested, waitMs: PLACE_MS, trace };
    return await this.#parts.routes.place(owner, wanted);
  }

  async #performNowhere(owner: Owner, operation: ActorOperation): Promise<unknown> {
    switch (operation) {
      case ActorOperation.Sleep:
      case ActorOperation.Kill:
      case ActorOperation.Wake:
        return undefined;
      case ActorOperation.WhenStopped:
        return StopReason.Idle;
      case ActorOperation.Destroy:
        // Its batch names the revision of the record: whatever starts meanwhile loses, or this is done again.
        return await this.#parts.host.perform(owner, operation);
    }
  }

  async #request(owner: Owner, operation: ActorOperation, route: Route): Promise<unknown> {
    const { session, newId, routes } = this.#parts;
    const { maxMessageBytes } = session.capabilities;
    const active = context.active();
    const call = {
      id: newId(),
      kind: CallKind.Operation,
      owner,
      generation: route.generation,
      timeoutMs: RESULT_MS,
      name: operation,
      mustExist: false,
      senderId: undefined,
      origin: undefined,
      trace: traceFieldsOf(active, spanOf(active)),
    };
    const reply = await this.#reply(route, encodeCall(call, "[]", maxMessageBytes));
    if (reply === undefined) return lostWith(operation, route);
    const answer = decodeAnswer(reply, maxMessageBytes);
    if (answer.kind === "reply") return answer.value;
    if (answer.handled) return lostWith(operation, route); // its lease has run out meanwhile
    if (isAgain(answer.error)) routes.drop(addressOf(owner), route);
    throw answer.error;
  }

  /** Returns `undefined` if the runner is gone without an answer. */
  async #reply({ runnerId }: Route, message: BusMessage): Promise<BusMessage | undefined> {
    const { session, runners, clock } = this.#parts;
    const signal = new AbortSwitch();
    const forget = onNoAnswer(runners, clock, (gone) => {
      if (gone === runnerId) signal.abort();
    });
    try {
      const options = { timeoutMs: RESULT_MS, signal };
      return await session.bus.request(callSubject(runnerId), message, options);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      forget();
    }
  }

  /** Resolves when an activation that was placed in this process is here, or will not come. */
  #arrival(address: string, { generation }: Route): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.arrivals.wait(address, generation, ARRIVAL_MS, () => resolve());
    });
  }

  async #again<Result>(task: () => Promise<Result>): Promise<Result> {
    const { clock, luck, signal } = this.#parts;
    const untilMs = clock.monotonicMs() + TRY_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await task();
      } catch (error) {
        if (!isAgain(error)) throw error;
        if (signal.aborted || clock.monotonicMs() >= untilMs) throw tooLate(error);
      }
      await wait(clock, backoffDelayMs(BACKOFF, attempt, luck()), signal);
    }
  }
}

/**
 * Returns the result of an operation on an activation that has ended with its runner.
 *
 * @throws ClusterError `ERR_RUNNER_LOST` if it may have been carried out or not
 */
function lostWith(operation: ActorOperation, { runnerId }: Route): unknown {
  switch (operation) {
    case ActorOperation.Sleep:
    case ActorOperation.Kill:
      return undefined;
    case ActorOperation.WhenStopped:
      return StopReason.Fenced;
    case ActorOperation.Wake:
    case ActorOperation.Destroy: {
      const text = `the runner of the actor was lost while ${operation} was under way`;
      throw new ClusterError(text, { code: ErrorCode.RunnerLost, runnerId });
    }
  }
}

function tooLate(cause: LimelightError): ClusterError {
  const text = `it could not be done in time: ${cause.message}`;
  return new ClusterError(text, { code: ErrorCode.NoRunner, cause });
}
