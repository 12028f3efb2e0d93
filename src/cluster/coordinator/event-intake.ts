import type { Clock } from "../../base/clock.ts";
import { errorType, toError } from "../../base/errors.ts";
import { DeadLetterLog, deadLetterMessage } from "../codec/dead-letter.ts";
import { readEvents } from "../codec/event-codec.ts";
import {
  type AppliedEvents,
  applyEvents,
  type EventFate,
  type EventParts,
  isOfRunner,
} from "../decisions/apply-events.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { Delivery } from "../engine/log.ts";
import { Arrival } from "../protocol/checkpoint.ts";
import { type EventBatch, EventKind } from "../protocol/events.ts";
import { EVENT_PARTITIONS } from "../protocol/subjects.ts";
import { type CoordinatorObserver, EventArrival } from "./coordinator-observer.ts";
import { EventPartition } from "./event-partition.ts";
import type { Members } from "./members.ts";
import type { Placements } from "./placements.ts";
import type { Reconciler } from "./reconciler.ts";
import type { Term } from "./term.ts";

/** Actors whose events are applied at a time. */
const MAX_WORKERS = 256;
/** Batches of one actor that are applied in one write. */
const MAX_TOGETHER = 16;
/** How long a batch is given back whose predecessors may be on their way. */
const GAP_MS = 200;
/** Deliveries after which missing events are asked for. */
const ASK_AT = 5;
/** How often a runner may say that it has sent them again, before they are given up. */
const MAX_RESENDS = 4;
/** Gaps whose resends are counted. */
const MAX_GAPS = 1_024;
const TRY_AGAIN_MS = 500;

/** What an {@link EventIntake} works with. */
export interface EventIntakeParts {
  readonly session: Pick<EngineSession, "events" | "deadLetters">;
  readonly clock: Clock;
  readonly term: Term;
  readonly members: Members;
  readonly placements: Placements;
  readonly reconciler: Reconciler;
  readonly observer: CoordinatorObserver;
  readonly choose: EventParts["choose"];
  readonly isWanted: EventParts["isWanted"];
  readonly isThere: EventParts["isThere"];
}

/** Events that are not those of the protocol. */
interface Meaningless {
  readonly error: unknown;
}

interface Received {
  readonly delivery: Delivery;
  readonly batch: EventBatch;
}

/**
 * Takes the events of all runners: in order for each actor, with one write for what has arrived together, and acknowledged
 * after the write. A batch that cannot be applied yet is given back to the log, which holds it.
 */
export class EventIntake {
  readonly #parts: EventIntakeParts;
  readonly #partitions: readonly EventPartition[];
  /** Batches by address; those that are being applied included. */
  readonly #queues = new Map<string, Received[]>();
  readonly #ready: string[] = [];
  readonly #resends = new Map<string, number>();
  #workers = 0;
  /** Events that were received and have no outcome yet; one for a batch that cannot be read. */
  #waiting = 0;

  constructor(parts: EventIntakeParts) {
    this.#parts = parts;
    const { session, clock, observer } = parts;
    const deliver = (delivery: Delivery): void => this.#receive(delivery);
    const shared = { session, clock, observer, deliver };
    this.#partitions = Array.from(
      { length: EVENT_PARTITIONS },
      (_, at) => new EventPartition(at, shared),
    );
  }

  /** Number of actors with events that are not applied yet. */
  get active(): number {
    return this.#queues.size;
  }

  /** Consumes all partitions from now on. */
  start(): void {
    for (const partition of this.#partitions) void partition.open(); // never rejects
  }

  /** Takes nothing more; what is not acknowledged is delivered to the next coordinator. Never rejects. */
  async stop(): Promise<void> {
    await Promise.all(this.#partitions.map((partition) => partition.stop()));
  }

  #receive(delivery: Delivery): void {
    if (!this.#parts.term.isActive) return; // it is delivered again
    let batch: EventBatch;
    try {
      batch = readEvents(delivery);
    } catch (error) {
      this.#wait(1);
      void this.#reject(delivery, error, undefined); // never rejects
      return;
    }
    const { address } = batch;
    this.#wait(batch.events.length);
    const queue = this.#queues.get(address);
    if (queue === undefined) {
      this.#queues.set(address, [{ delivery, batch }]);
      this.#ready.push(address);
      this.#startWorkers();
    } else queue.push({ delivery, batch });
  }

  #startWorkers(): void {
    while (this.#workers < MAX_WORKERS) {
      const address = this.#ready.shift();
      if (address === undefined) return;
      this.#workers += 1;
      void this.#work(address); // never rejects
    }
  }

  async #work(address: string): Promise<void> {
    const queue = this.#queues.get(address) ?? [];
    while (queue.length > 0) {
      const together = queue.slice(0, MAX_TOGETHER);
      await this.#applyTogether(address, together);
      queue.splice(0, together.length);
    }
    this.#queues.delete(address); // in the turn in which it was found to be empty
    this.#workers -= 1;
    this.#startWorkers();
  }

  async #applyTogether(address: string, received: readonly Received[]): Promise<void> {
    const batches = received.map(({ batch }) => batch);
    const attempt = received[0]?.delivery.attempt ?? 1;
    const apply = (): Promise<void> => this.#apply(address, received);
    await this.#parts.observer.applyEvents(batches, attempt, apply);
  }

  async #apply(address: string, received: readonly Received[]): Promise<void> {
    let applied: AppliedEvents | Meaningless;
    try {
      applied = await this.#write(address, received);
    } catch (error) {
      this.#parts.observer.failed("events could not be applied", error);
      for (const { delivery, batch } of received) this.#tryAgain(delivery, batch);
      return;
    }
    if ("error" in applied) {
      await this.#separate(address, received, applied.error);
      return;
    }
    for (const [at, one] of received.entries()) this.#answer(one, applied.fates[at] ?? []);
    const [first] = received;
    if (applied.missing > 0 && first !== undefined) {
      this.#parts.observer.gapEnded(first.batch, applied.missing, false);
    }
  }

  /** Puts the batch that has no meaning aside, and applies the others. */
  async #separate(address: string, received: readonly Received[], error: unknown): Promise<void> {
    const [only, ...others] = received;
    if (only !== undefined && others.length === 0) {
      await this.#reject(only.delivery, error, only.batch);
      return;
    }
    for (const one of received) await this.#apply(address, [one]);
  }

  async #write(
    address: string,
    received: readonly Received[],
  ): Promise<AppliedEvents | Meaningless> {
    const { placements, choose, isWanted, isThere } = this.#parts;
    const acceptsGaps = await this.#acceptsGaps(address, received);
    const batches = received.map(({ batch }) => batch);
    let applied: AppliedEvents | Meaningless = { next: undefined, fates: [], missing: 0 };
    await placements.update(address, (record, parts) => {
      try {
        applied = applyEvents(
          { ...parts, choose, isWanted, isThere, acceptsGaps },
          record,
          batches,
        );
        return applied.next;
      } catch (error) {
        applied = { error };
        return undefined;
      }
    });
    return applied;
  }

  #answer({ delivery, batch }: Received, fates: readonly EventFate[]): void {
    const { observer, clock, members } = this.#parts;
    const counts = new Map<Arrival, number>();
    for (const { event, arrival } of fates) {
      counts.set(arrival, (counts.get(arrival) ?? 0) + 1);
      if (arrival !== Arrival.Applied) continue;
      observer.eventApplied(Math.max(0, clock.epochMs() - event.atMs));
      if (event.kind === EventKind.CommandDropped) {
        observer.commandDropped(batch.address, event.reason);
      } else if (event.kind === EventKind.Running) members.actorStarted(batch.runnerId);
      else if (event.kind === EventKind.StartFailed && isOfRunner(event.reason)) {
        members.startFailed(batch.runnerId, batch.address);
      }
    }
    for (const [arrival, count] of counts) this.#arrived(arrival, count, batch);
    if (counts.has(Arrival.Gap) || counts.has(Arrival.Future)) delivery.retry(GAP_MS);
    else this.#end(delivery.ack(), "events could not be acknowledged");
  }

  /** Whether missing events are certain to be lost. Asks for them first. */
  async #acceptsGaps(address: string, received: readonly Received[]): Promise<boolean> {
    const { placements, reconciler, observer } = this.#parts;
    const [first] = received;
    if (first === undefined || first.delivery.attempt < ASK_AT) return false;
    const { batch } = first;
    const record = await placements.update(address, () => undefined);
    const from = batch.events[0]?.index ?? 0;
    if (record === undefined || record.generation !== batch.generation) return false;
    if (from <= record.eventIndex + 1) return false;
    const answer = await reconciler.ask(batch.runnerId, {
      kind: "resend",
      address,
      generation: batch.generation,
      fromIndex: record.eventIndex + 1,
    });
    if (answer?.kind !== "resent") return false; // a runner that is lost is taken over
    const times = this.#countResend(`${address} ${batch.generation} ${record.eventIndex}`);
    if (answer.count === 0 || times >= MAX_RESENDS) return true;
    observer.gapEnded(batch, from - record.eventIndex - 1, true);
    return false;
  }

  /** Returns how often the runner was asked for the events of a gap. */
  #countResend(gap: string): number {
    const times = (this.#resends.get(gap) ?? 0) + 1;
    this.#resends.delete(gap);
    this.#resends.set(gap, times);
    const [oldest] = this.#resends.keys();
    if (this.#resends.size > MAX_GAPS && oldest !== undefined) this.#resends.delete(oldest);
    return times;
  }

  /** Puts what cannot be handled among the dead letters, then takes it from the log. Never rejects. */
  async #reject(delivery: Delivery, error: unknown, batch: EventBatch | undefined): Promise<void> {
    const { session, observer } = this.#parts;
    const why = { reason: errorType(error), text: toError(error).message };
    try {
      await session.deadLetters.append(deadLetterMessage(DeadLetterLog.Events, delivery, why));
      await delivery.reject();
      this.#arrived(EventArrival.Rejected, batch?.events.length ?? 1, batch);
    } catch (appendError) {
      observer.failed("dead letter could not be stored", appendError);
      this.#tryAgain(delivery, batch);
    }
  }

  #tryAgain(delivery: Delivery, batch: EventBatch | undefined): void {
    delivery.retry(TRY_AGAIN_MS);
    this.#arrived(EventArrival.Failed, batch?.events.length ?? 1, batch);
  }

  #arrived(arrival: EventArrival, count: number, batch: EventBatch | undefined): void {
    this.#parts.observer.eventsArrived(arrival, count, batch);
    this.#wait(-count);
  }

  #wait(events: number): void {
    const { observer, term } = this.#parts;
    this.#waiting += events;
    if (term.isActive) observer.eventsWaitingAre(this.#waiting);
  }

  #end(answer: Promise<void>, what: string): void {
    answer.catch((error: unknown) => this.#parts.observer.failed(what, error));
  }
}
