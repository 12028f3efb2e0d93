import type { ActorHost, StartOutcome } from "../../activation/hosting/actor-host.ts";
import type { DueEntry, Owner } from "../../activation/records/record-keys.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, errorType, LimelightError } from "../../base/errors.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { placementIn } from "../codec/placement-codec.ts";
import type { KeyValue } from "../engine/key-value.ts";
import { addressOf, ownerAt } from "../protocol/address.ts";
import { type Command, CommandKind, SignalName } from "../protocol/commands.ts";
import { EventKind } from "../protocol/events.ts";
import { PlacementReason } from "../protocol/placement-record.ts";
import { ActorSlot, type ActorTable, HereStatus } from "./actor-table.ts";
import type { DrainTally } from "./drain-tally.ts";
import { type EventOutbox, EventQueue } from "./event-outbox.ts";
import { type HealthScore, HealthSign } from "./health-score.ts";
import type { HeldStarts } from "./held-starts.ts";
import type { RecentIds } from "./recent-ids.ts";

/** What a runner uses of the actors of its process. */
export type RunnerHost = Pick<
  ActorHost,
  "start" | "stop" | "fence" | "fenceAll" | "types" | "perform" | "fire" | "listen"
>;

/** Reason of an event whose command had expired. */
export const EXPIRED = "expired";
/** Reason of an event for a signal whose actor has ended. */
const NOT_RUNNING = "not_running";

/** What {@link ActorCommands} works with. */
export interface ActorCommandsParts {
  readonly runnerId: string;
  readonly placements: Pick<KeyValue, "read">;
  readonly host: RunnerHost;
  readonly table: ActorTable;
  readonly outbox: EventOutbox;
  readonly held: HeldStarts;
  /** Signals that this process has carried out. */
  readonly carriedOut: RecentIds;
  readonly clock: Clock;
  readonly health: HealthScore;
  /** Whether the runner may do anything: it has a valid lease. Asked in the turn of each effect. */
  readonly isValid: () => boolean;
  /** Whether no further actors are started. Asked in the turn of each start. */
  readonly isDraining: () => boolean;
  /** How long an end in order may take, in milliseconds. */
  readonly stopMs: (type: string) => number;
  /** A start has failed for a reason of the store. */
  readonly storeFailed: (error: Error) => void;
}

/** Does what commands ask for, and tells the events that follow. */
export class ActorCommands {
  readonly #parts: ActorCommandsParts;
  /** Counts the ends of a drain, once it has begun. */
  tally: DrainTally | undefined;
  /** When the coordinator has last asked for the end of an actor, on the monotonic clock. */
  lastMovedMs: number | undefined;

  constructor(parts: ActorCommandsParts) {
    this.#parts = parts;
  }

  /**
   * Carries out a command that is next for its actor. Resolves when it has taken effect, with false if it was not carried
   * out since the lease is not valid any more. Rejects if it can be tried again.
   */
  async apply(command: Command): Promise<boolean> {
    if (command.kind === CommandKind.Start) return await this.#start(command);
    const slot = this.#parts.table.find(command.checkpoint.address);
    if (slot === undefined) throw broken(`${command.kind} of an actor that is not known`);
    switch (command.kind) {
      case CommandKind.Stop:
      case CommandKind.Drain: {
        this.lastMovedMs = this.#parts.clock.monotonicMs();
        slot.isMoved = true;
        await this.stop(slot, stopReasonOf(command), this.#parts.stopMs(slot.owner.type));
        break;
      }
      case CommandKind.Signal:
        if (!(await this.#signal(slot, command))) return false;
    }
    if (!this.#parts.isValid()) return false;
    slot.commandIndex = command.checkpoint.index;
    return true;
  }

  /** Goes on after a signal that this process has carried out before, for this activation or an earlier one. */
  skipRepeated({ kind, id, checkpoint }: Command): boolean {
    if (kind !== CommandKind.Signal || !this.#parts.carriedOut.has(id)) return false;
    const slot = this.#parts.table.find(checkpoint.address);
    if (slot?.generation !== checkpoint.generation) return false;
    slot.commandIndex = checkpoint.index;
    return true;
  }

  /**
   * Tells of a signal whose generation is over, so that it is given to the next activation if it matters there. Resolves
   * with false if that could not be stored: the signal must not be acknowledged.
   */
  async tellLate(command: Command): Promise<boolean> {
    const { checkpoint, signal, id } = command;
    if (signal === undefined || !isKept(signal) || this.#parts.carriedOut.has(id)) return true;
    const { outbox, table } = this.#parts;
    // The events of a later activation have an order of their own, which that of the earlier one may not have any more.
    const slot =
      table.find(checkpoint.address) ?? this.#slotOf(checkpoint.address, checkpoint.generation);
    if (slot === undefined) return true;
    this.#tellDropped(slot, command, NOT_RUNNING);
    return await outbox.stored(slot.events);
  }

  /** Tells that a command was not carried out and will not be; of a signal with all that is needed to give it again. */
  drop(command: Command, reason: string): void {
    const { checkpoint } = command;
    const slot = this.#slotOf(checkpoint.address, checkpoint.generation);
    if (slot === undefined) return;
    // Its predecessors could not be carried out either.
    if (slot.commandIndex < checkpoint.index - 1) this.skipTo(slot, checkpoint.index - 1);
    slot.commandIndex = Math.max(slot.commandIndex, checkpoint.index);
    this.#tellDropped(slot, command, reason);
  }

  #tellDropped(slot: ActorSlot, { id, signal, data }: Command, reason: string): void {
    this.#parts.outbox.add(slot.events, {
      kind: EventKind.CommandDropped,
      reason,
      data: {
        commandId: id,
        ...(signal === undefined ? {} : { signal }),
        ...(signal === undefined || data === undefined ? {} : { data }),
      },
    });
  }

  /** Goes on after commands that are lost: none of them is waited for any more. */
  skipTo(slot: ActorSlot, index: number): void {
    const data = { fromIndex: slot.commandIndex + 1, toIndex: index };
    slot.commandIndex = index;
    this.#parts.outbox.add(slot.events, { kind: EventKind.CommandDropped, reason: "lost", data });
  }

  /** Ends an actor in order. Resolves when it has ended. */
  async stop(slot: ActorSlot, reason: StopReason, deadlineMs: number): Promise<void> {
    if (slot.status === undefined) return;
    this.#parts.table.mark(slot, HereStatus.Stopping);
    slot.stopping ??= this.#end(slot, reason, deadlineMs);
    await slot.stopping;
  }

  /** Drops an actor that has not ended in time. */
  abandon(slot: ActorSlot): void {
    this.#parts.host.fence(slot.owner);
    this.#finish(slot, StopReason.Fenced);
  }

  /** An activation of the host has ended. */
  ended(owner: Owner, generation: number, reason: StopReason): void {
    const slot = this.#parts.table.find(addressOf(owner));
    if (slot === undefined || slot.generation !== generation) return;
    if (slot.isStarted) this.#finish(slot, reason);
    else slot.endedEarly = reason; // the outcome of the start decides
  }

  async #start(command: Command): Promise<boolean> {
    const { host, table, held, isValid, isDraining } = this.#parts;
    const { address, generation, index } = command.checkpoint;
    const owner = ownerAt(address);
    if (owner === undefined) throw broken("start of an actor without an address");
    if (!this.#isServed(owner.type)) await held.hold(owner.type);
    // No wait from here to the start: a drain or a fence that begins later finds the actor in the table.
    if (!isValid()) return false;
    const slot = new ActorSlot(owner, command.checkpoint, new EventQueue({ address, generation }));
    slot.commandIndex = index;
    if (isDraining()) return await this.#refuse(slot, PlacementReason.RunnerDraining);
    if (!this.#isServed(owner.type)) return await this.#refuse(slot, PlacementReason.TypeMissing);
    table.add(slot, HereStatus.Starting);
    const outcome = await host.start(owner, {
      generation,
      mustExist: command.mustExist === true,
      isCurrent: () => this.#isPlaced(command),
      ...(command.data === undefined ? {} : { input: command.data }),
    });
    slot.isStarted = true;
    if (isValid()) this.#settle(slot, outcome);
    slot.started.resolve();
    return isValid();
  }

  /** Whether the placement is still the one that a start was written with. */
  async #isPlaced({ checkpoint: { address, generation } }: Command): Promise<boolean> {
    const { placements, runnerId } = this.#parts;
    const entry = await placements.read(address);
    if (entry === undefined) return false;
    const placement = placementIn(entry);
    return placement.generation === generation && placement.runnerId === runnerId;
  }

  #settle(slot: ActorSlot, outcome: StartOutcome): void {
    const { table, outbox } = this.#parts;
    switch (outcome.outcome) {
      case "running":
        if (slot.status === HereStatus.Starting) table.mark(slot, HereStatus.Running);
        outbox.add(slot.events, { kind: EventKind.Running });
        if (slot.endedEarly !== undefined) this.#finish(slot, slot.endedEarly);
        break;
      case "stale":
        table.end(slot);
        outbox.add(slot.events, {
          kind: EventKind.StartRefused,
          reason: PlacementReason.Stale,
          data: { storedGeneration: outcome.storedGeneration },
        });
        break;
      case "absent":
        this.#fail(slot, ErrorCode.NoSuchActor);
        break;
      case "failed":
        this.#checkStore(outcome.error);
        this.#fail(slot, errorType(outcome.error));
        break;
      case "refused":
        this.#fail(slot, this.#refusalOf(outcome.why));
        break;
      case "ended":
        this.#finish(slot, outcome.reason);
    }
  }

  #refusalOf(why: "unknown_type" | "shut_down" | "full"): string {
    switch (why) {
      case "unknown_type":
        return PlacementReason.TypeMissing;
      case "shut_down":
        return PlacementReason.RunnerDraining;
      case "full":
        this.#parts.health.add(HealthSign.RefusedStart);
        return ErrorCode.ResidentLimit;
    }
  }

  /** Refuses a start without trying it. The activation that it was to take the place of ends in order before. */
  async #refuse(slot: ActorSlot, reason: string): Promise<boolean> {
    const { table, isValid, stopMs } = this.#parts;
    const former = table.find(slot.address);
    if (former?.status !== undefined) {
      former.isMoved = true;
      await this.stop(former, StopReason.Drained, stopMs(slot.owner.type));
      if (!isValid()) return false;
    }
    table.add(slot, undefined);
    slot.isStarted = true;
    slot.started.resolve();
    this.#fail(slot, reason);
    return true;
  }

  #fail(slot: ActorSlot, reason: string): void {
    this.#parts.table.end(slot);
    this.#parts.outbox.add(slot.events, { kind: EventKind.StartFailed, reason });
  }

  #checkStore(error: Error): void {
    if (!LimelightError.is(error) || !error.code.startsWith("ERR_STORE_")) return;
    this.#parts.health.add(HealthSign.RefusedStart);
    this.#parts.storeFailed(error);
  }

  async #end(slot: ActorSlot, reason: StopReason, deadlineMs: number): Promise<void> {
    try {
      await this.#parts.host.stop(slot.owner, reason, deadlineMs);
      await slot.started.promise;
    } catch (error) {
      slot.stopping = undefined;
      throw error;
    }
    this.#finish(slot, reason); // unless the host has told of the end
  }

  #finish(slot: ActorSlot, reason: string): void {
    const { table, outbox, isValid } = this.#parts;
    if (slot.status === undefined) return;
    table.end(slot);
    if (!isValid()) return;
    // What was dealt with is not given to the next activation.
    const done = reason === StopReason.Destroyed ? slot.destroyIndex : 0;
    const data = { commandIndex: Math.max(slot.commandIndex, done) };
    outbox.add(slot.events, { kind: EventKind.Stopped, reason, data });
    this.tally?.add(slot.address, reason, slot.isMoved);
  }

  /** Resolves with false if what has become of it could not be told. */
  async #signal(slot: ActorSlot, command: Command): Promise<boolean> {
    const { host, outbox, carriedOut } = this.#parts;
    const { signal, id, checkpoint } = command;
    if (signal === undefined) throw broken("signal without a name");
    if (slot.status === undefined) {
      if (!isKept(signal)) return true;
      // The coordinator knows from the event, and gives the signal to the next activation.
      this.drop(command, NOT_RUNNING);
      return await outbox.stored(slot.events);
    }
    switch (signal) {
      case SignalName.Wake:
        if (command.data === undefined) await host.perform(slot.owner, signal);
        else await host.fire(dueEntryOf(slot.owner, command.data));
        break;
      case SignalName.Sleep:
      case SignalName.Kill:
        await host.perform(slot.owner, signal);
        break;
      case SignalName.Destroy:
        slot.destroyIndex = checkpoint.index;
        await host.perform(slot.owner, signal);
    }
    carriedOut.add(id);
    return true;
  }

  /** Returns the activation that a command is of; a new one, which has ended, if it is not known yet. */
  #slotOf(address: string, generation: number): ActorSlot | undefined {
    const { table, host } = this.#parts;
    const slot = table.find(address);
    if (slot !== undefined && slot.generation >= generation) {
      return slot.generation === generation ? slot : undefined;
    }
    const owner = ownerAt(address);
    if (owner === undefined) return undefined;
    // An older one that lives is given up: the coordinator knows only this one.
    if (slot?.status !== undefined) host.fence(owner);
    const events = new EventQueue({ address, generation });
    const added = new ActorSlot(owner, { address, generation, index: 0 }, events);
    added.isStarted = true;
    added.started.resolve();
    table.add(added, undefined);
    return added;
  }

  #isServed(type: string): boolean {
    for (const served of this.#parts.host.types()) if (served === type) return true;
    return false;
  }
}

/** Whether a signal means something to the next activation. */
function isKept(signal: SignalName): boolean {
  return signal === SignalName.Wake || signal === SignalName.Destroy;
}

/** A stop for another reason than those of actors is a move to another runner. */
function stopReasonOf({ kind, reason }: Command): StopReason {
  if (kind === CommandKind.Drain) return StopReason.Drained;
  return Object.values(StopReason).find((known) => known === reason) ?? StopReason.Drained;
}

function dueEntryOf(owner: Owner, data: unknown): DueEntry {
  const { dueAtMs, id } = (data ?? {}) as { readonly dueAtMs?: unknown; readonly id?: unknown };
  if (typeof dueAtMs !== "number" || typeof id !== "string")
    throw broken("wake without a due entry");
  return { dueAtMs, owner, id };
}

function broken(text: string): ClusterError {
  return new ClusterError(text, { code: ErrorCode.ProtocolInvalid });
}
