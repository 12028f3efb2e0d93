import type { ForwardedMessage } from "../../activation/placement/forwarded-message.ts";
import type {
  ActorOperation,
  OperationResults,
  Placement,
} from "../../activation/placement/placement.ts";
import type { DueEntry, Owner } from "../../activation/records/record-keys.ts";
import type { Clock } from "../../base/clock.ts";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { RouteSource } from "../../telemetry/cluster-attributes.ts";
import type { Arrivals } from "../calls/arrivals.ts";
import { addressOf } from "../protocol/address.ts";
import type { CallTelemetry } from "./call-telemetry.ts";
import { Flights } from "./flights.ts";
import { Lanes } from "./lanes.ts";
import { onNoAnswer } from "./lost-runners.ts";
import type { OpenRouting } from "./open-routing.ts";
import { Outgoing } from "./outgoing.ts";
import type { Route } from "./route-cache.ts";

/** What {@link ClusterPlacement} works with. */
export interface ClusterPlacementParts {
  /** Names this process in the ids of its calls. */
  readonly nodeId: string;
  /** Returns the id of the runner that this process is; `undefined` while it is none. */
  readonly runnerId: () => string | undefined;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Resolves when the engine is open; rejects when it will not open. */
  readonly opened: Promise<OpenRouting>;
  readonly arrivals: Arrivals;
  readonly telemetry: CallTelemetry;
  /** Called for a message that is none of the protocol, and was dropped. Default: nothing. */
  readonly onInvalid?: () => void;
  /** Messages that may wait until it is known where their actors are. Default 10,000. */
  readonly maxWaiting?: number;
}

const MAX_WAITING = 10_000;
/** How long a tell whose sender does not wait is kept. */
const TELL_MS = 30_000;
/** An ask fails a little before its time-out, with a reason that says more. */
const BEFORE_TIMEOUT_MS = 50;
const BEFORE_TIMEOUT_SHARE = 0.1;
/** How long a start on its way to this process is waited for. */
const ARRIVAL_MS = 10_000;

/** The keyed actors of a cluster, as a system of one of its processes uses them. */
export class ClusterPlacement implements Placement {
  readonly #parts: ClusterPlacementParts;
  readonly #lanes: Lanes;
  #open: OpenRouting | undefined;
  #flights: Flights | undefined;
  #closed: Error | undefined;
  #sequence = 0;

  constructor(parts: ClusterPlacementParts) {
    this.#parts = parts;
    const { clock, luck, opened, telemetry, maxWaiting = MAX_WAITING } = parts;
    this.#lanes = new Lanes({
      clock,
      luck,
      maxWaiting,
      telemetry,
      ready: async () => (await opened).routes,
      exists: async ({ owner }) => await (await opened).operations.exists(owner),
      send: (outgoing, route) => this.#send(outgoing, route),
    });
    opened.then(
      (open) => this.#opened(open),
      () => {}, // everything that waits is told
    );
  }

  /** Messages that wait until it is known where their actors are. */
  get waiting(): number {
    return this.#lanes.size;
  }

  /** Calls to other processes that are not answered yet. */
  get inFlight(): number {
    return this.#flights?.size ?? 0;
  }

  forward(message: ForwardedMessage): void {
    if (this.#closed !== undefined) {
      message.fail(this.#closed, false);
      return;
    }
    this.#sequence += 1;
    let outgoing: Outgoing;
    try {
      const address = addressOf(message.owner);
      outgoing = new Outgoing(message, address, this.#sequence, this.#deadlineMs(message));
    } catch (error) {
      message.fail(toError(error), false);
      return;
    }
    const { telemetry } = this.#parts;
    telemetry.began(outgoing);
    message.onEnded(() => outgoing.cancel?.());
    const { address } = outgoing;
    const route = this.#lanes.has(address) ? undefined : this.#open?.routes.known(address);
    if (route === undefined) this.#lanes.add(outgoing);
    else {
      telemetry.routed(RouteSource.Known);
      this.#send(outgoing, route);
    }
  }

  async perform<Operation extends ActorOperation>(
    owner: Owner,
    operation: Operation,
  ): Promise<OperationResults[Operation]> {
    const { operations } = await this.#parts.opened;
    return await operations.perform(owner, operation);
  }

  async exclusively<Value>(owner: Owner, work: () => Promise<Value>): Promise<Value | undefined> {
    const { operations } = await this.#parts.opened;
    return await operations.exclusively(owner, work);
  }

  scansDueTimes(): boolean {
    return this.#open?.operations.scansDueTimes() ?? false;
  }

  noticeDue(dueAtMs: number): void {
    this.#open?.operations.noticeDue(dueAtMs);
  }

  async wake(entry: DueEntry): Promise<void> {
    const { operations } = await this.#parts.opened;
    await operations.wake(entry);
  }

  async awakeElsewhere(type: string, keyTexts: readonly string[]): Promise<ReadonlySet<string>> {
    const { operations } = await this.#parts.opened;
    return await operations.awakeElsewhere(type, keyTexts);
  }

  /** Fails everything that waits or is under way; later messages too. */
  close(error: Error): void {
    this.#closed ??= error;
    this.#lanes.close(error);
    this.#flights?.close(error);
  }

  #opened(open: OpenRouting): void {
    const { nodeId, clock, telemetry } = this.#parts;
    const { bus, capabilities } = open.session;
    this.#open = open;
    const flights = new Flights({
      nodeId,
      clock,
      bus,
      maxBytes: capabilities.maxMessageBytes,
      telemetry,
      notHandled: (outgoing, route, error) => this.#again(outgoing, route, error),
      onInvalid: () => this.#parts.onInvalid?.(),
    });
    this.#flights = flights;
    onNoAnswer(open.runners, clock, (runnerId) => flights.lose(runnerId));
  }

  #send(outgoing: Outgoing, route: Route): void {
    if (outgoing.message.ended) return;
    if (route.runnerId === this.#parts.runnerId()) this.#deliverHere(outgoing, route);
    else this.#flights?.send(outgoing, route);
  }

  /** Its start may still be on its way. */
  #deliverHere(outgoing: Outgoing, route: Route): void {
    const { address, message } = outgoing;
    const arrived = (isHere: boolean): void => {
      outgoing.cancel = undefined;
      if (isHere && message.deliverHere()) return;
      this.#again(outgoing, route, notHere(outgoing));
    };
    let isOver = false;
    const cancel = this.#parts.arrivals.wait(address, route.generation, ARRIVAL_MS, (isHere) => {
      isOver = true;
      arrived(isHere);
    });
    if (!isOver) outgoing.cancel = cancel;
  }

  /** The message was not handled where it was sent. */
  #again(outgoing: Outgoing, route: Route, error: unknown): void {
    if (outgoing.message.ended) return;
    outgoing.attempts += 1;
    // Of one that drains, or cannot be reached from here, it is not known: the coordinator has nothing to look into.
    outgoing.notAt = isAbsent(error) ? route : undefined;
    outgoing.lastError = error;
    this.#open?.routes.drop(outgoing.address, route);
    if (this.#closed === undefined) this.#lanes.add(outgoing);
    else outgoing.message.fail(this.#closed, false);
  }

  #deadlineMs({ deadlineMs, room }: ForwardedMessage): number | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    if (deadlineMs === undefined) return room === undefined ? nowMs + TELL_MS : undefined;
    const leftMs = deadlineMs - nowMs;
    return deadlineMs - Math.min(BEFORE_TIMEOUT_MS, leftMs * BEFORE_TIMEOUT_SHARE);
  }
}

/** Whether an error says that an activation is not where it was looked for. */
function isAbsent(error: unknown): boolean {
  if (!LimelightError.is(error)) return false;
  return error.code === ErrorCode.NotOwner || error.code === ErrorCode.EngineNoListener;
}

function notHere({ owner }: Outgoing): LimelightError {
  const text = `a ${owner.type} that was to start in this process is not here`;
  return new LimelightError(text, { code: ErrorCode.NotOwner });
}
