import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, errorType, LimelightError, toError } from "../../base/errors.ts";
import { readCommand } from "../codec/command-codec.ts";
import { DeadLetterLog, deadLetterMessage } from "../codec/dead-letter.ts";
import { placementIn } from "../codec/placement-codec.ts";
import type { KeyValue } from "../engine/key-value.ts";
import type { Delivery, Log, StoredMessage } from "../engine/log.ts";
import { Arrival, type Checkpoint } from "../protocol/checkpoint.ts";
import { type Command, CommandKind } from "../protocol/commands.ts";
import type { PlacementRecord } from "../protocol/placement-record.ts";
import { type ActorCommands, EXPIRED } from "./actor-commands.ts";
import type { ActorTable } from "./actor-table.ts";
import { Demultiplexer } from "./demultiplexer.ts";
import type { EventOutbox } from "./event-outbox.ts";
import { CommandOutcome, type RunnerObserver } from "./runner-observer.ts";

/** Commands that may wait for one actor; further ones wait in the log. */
const COMMANDS_PER_ACTOR = 64;
/** After how long a command is delivered again whose actor has too many, in milliseconds. */
const FULL_RETRY_MS = 250;
/** After how long a command is delivered again that others are missing before, in milliseconds. */
const GAP_RETRY_MS = 200;
/** Stored messages of one actor that are looked at for missing commands; a log keeps no more of one. */
const MAX_READ = 256;
/** Deliveries after which missing commands are looked for in the outbox of the placement. */
const GAP_DELIVERIES = 5;

/** What a {@link CommandIntake} works with. */
export interface CommandIntakeParts {
  readonly runnerId: string;
  readonly placements: KeyValue;
  /** The log that the commands come from. */
  readonly log: Log;
  readonly deadLetters: Log;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  readonly table: ActorTable;
  readonly outbox: EventOutbox;
  readonly commands: ActorCommands;
  readonly observer: RunnerObserver;
  /** Whether the runner has a valid lease. */
  readonly isValid: () => boolean;
}

/** A message of the log that is being dealt with. */
interface Item {
  /** The latest delivery of it: an answer to an earlier one may come too late. */
  delivery: Delivery;
  /** `undefined` if it cannot be read. */
  readonly command: Command | undefined;
  readonly error: unknown;
}

/** Takes the commands of a runner from its log, and answers each delivery once its outcome is known. */
export class CommandIntake {
  readonly #parts: CommandIntakeParts;
  readonly #items = new Map<number, Item>();
  readonly #queues: Demultiplexer<Item>;

  constructor(parts: CommandIntakeParts) {
    this.#parts = parts;
    this.#queues = new Demultiplexer<Item>({
      clock: parts.clock,
      luck: parts.luck,
      capacity: COMMANDS_PER_ACTOR,
      handle: (item) => this.#handle(item),
      failed: (_item, error) => parts.observer.failed("command has failed", error),
      isFinal: isInvalid,
      giveUp: (item, error) => this.#giveUp(item, error),
      activeChanged: (active) => parts.observer.commandsActive(active),
      abandoned: (item) => this.#end(item, CommandOutcome.Abandoned),
    });
  }

  /** Number of deliveries without an outcome. */
  get inFlight(): number {
    return this.#items.size;
  }

  /** Takes a delivery. Does not throw. */
  deliver(delivery: Delivery): void {
    const { observer, isValid } = this.#parts;
    observer.commandReceived();
    const known = this.#items.get(delivery.sequence);
    if (known !== undefined) {
      known.delivery = delivery;
      this.#tell(CommandOutcome.Duplicate, known);
      return;
    }
    const item: Item = { delivery, ...read(delivery) };
    if (!isValid()) {
      this.#tell(CommandOutcome.Abandoned, item);
      return;
    }
    this.#items.set(delivery.sequence, item);
    if (!this.#queues.push(delivery.subject, item)) {
      this.#items.delete(delivery.sequence);
      delivery.retry(FULL_RETRY_MS);
      this.#tell(CommandOutcome.Full, item);
    }
  }

  /** Takes nothing more. What waits is abandoned; what is being carried out goes on to its end. */
  close(): void {
    this.#queues.close();
  }

  async #handle(item: Item): Promise<void> {
    if (item.command === undefined) throw item.error;
    await this.#parts.outbox.room();
    const outcome = await this.#decide(item.command, item);
    await this.#answer(item, outcome);
    this.#end(item, outcome);
  }

  async #decide(command: Command, item: Item): Promise<CommandOutcome> {
    if (!this.#parts.isValid()) return CommandOutcome.Abandoned;
    const arrival = this.#parts.table.arrivalOf(command.checkpoint);
    switch (arrival) {
      case Arrival.Stale:
        return await this.#late(command);
      case Arrival.Duplicate:
        return CommandOutcome.Duplicate;
      case Arrival.Applied:
        return await this.#carryOut(command, item.delivery.attempt);
      case Arrival.Future:
        if (command.kind !== CommandKind.Start) break;
        return await this.#carryOut(command, item.delivery.attempt);
      case Arrival.Gap:
    }
    const given = arrival === Arrival.Gap ? CommandOutcome.Gap : CommandOutcome.Future;
    if (item.delivery.attempt < GAP_DELIVERIES) return given;
    return (await this.#recover(command, item)) ?? given;
  }

  async #carryOut(command: Command, attempt: number): Promise<CommandOutcome> {
    const { clock, commands, observer } = this.#parts;
    if (clock.epochMs() > command.expiresAtMs) {
      commands.drop(command, EXPIRED);
      return CommandOutcome.Expired;
    }
    if (commands.skipRepeated(command)) return CommandOutcome.Duplicate;
    let isApplied = false;
    await observer.carryOut(command, attempt, async () => {
      isApplied = await commands.apply(command);
    });
    return isApplied ? CommandOutcome.Applied : CommandOutcome.Abandoned;
  }

  /**
   * Carries out missing commands from the outbox of the placement, then the command itself. Returns `undefined` if it has to
   * wait: what is missing is still in the log, or that cannot be found out now.
   */
  async #recover(command: Command, item: Item): Promise<CommandOutcome | undefined> {
    const { runnerId, observer } = this.#parts;
    const { generation } = command.checkpoint;
    try {
      if (await this.#isDelayed(command, item)) return undefined;
      const placement = await this.#placementOf(command);
      if (placement === undefined || placement.generation > generation) {
        return await this.#late(command);
      }
      if (placement.runnerId !== runnerId) return await this.#late(command);
      if (placement.generation < generation) return undefined;
      return await this.#goOn(command, item, placement);
    } catch (error) {
      if (!isEngineError(error)) throw error;
      observer.failed("missing commands could not be looked for", error);
      return undefined;
    }
  }

  /** A command of a generation that is over. It is acknowledged once its signal, if it has one, was told of. */
  async #late(command: Command): Promise<CommandOutcome> {
    const isTold = await this.#parts.commands.tellLate(command);
    return isTold ? CommandOutcome.Stale : CommandOutcome.Abandoned;
  }

  /** Whether a command before this one is still in the log: it was given back, or is on its way. */
  async #isDelayed({ checkpoint }: Command, { delivery }: Item): Promise<boolean> {
    const last = this.#lastIndex(checkpoint);
    const options = { filter: "", subject: delivery.subject, limit: MAX_READ };
    const stored = await this.#parts.log.read(options);
    return stored.some((message) => {
      const { command } = read(message);
      if (command?.checkpoint.generation !== checkpoint.generation) return false;
      return command.checkpoint.index > last && command.checkpoint.index < checkpoint.index;
    });
  }

  async #placementOf({ checkpoint }: Command): Promise<PlacementRecord | undefined> {
    const entry = await this.#parts.placements.read(checkpoint.address);
    return entry === undefined ? undefined : placementIn(entry);
  }

  async #goOn(command: Command, item: Item, placement: PlacementRecord): Promise<CommandOutcome> {
    const { table, commands, observer } = this.#parts;
    const { address, generation, index } = command.checkpoint;
    for (const earlier of missingIn(placement, this.#lastIndex(command.checkpoint), index)) {
      observer.commandRecovered(earlier);
      const outcome = await this.#carryOut(earlier, 1);
      if (outcome === CommandOutcome.Abandoned) return outcome;
    }
    const slot = table.find(address);
    const isKnown = slot?.generation === generation;
    if (!isKnown || slot.commandIndex < index - 1) {
      observer.failed("commands are missing for good", undefined);
      if (!isKnown) throw startMissing();
      commands.skipTo(slot, index - 1);
    }
    return await this.#decide(command, item);
  }

  /** Index of the last command of a generation that was dealt with. */
  #lastIndex({ address, generation }: Checkpoint): number {
    const slot = this.#parts.table.find(address);
    return slot?.generation === generation ? slot.commandIndex : 0;
  }

  async #answer({ delivery }: Item, outcome: CommandOutcome): Promise<void> {
    switch (outcome) {
      case CommandOutcome.Applied:
      case CommandOutcome.Duplicate:
      case CommandOutcome.Stale:
      case CommandOutcome.Expired:
        try {
          await delivery.ack();
        } catch (error) {
          // It comes again, and is a duplicate then.
          this.#parts.observer.failed("command could not be acknowledged", error);
        }
        return;
      case CommandOutcome.Gap:
      case CommandOutcome.Future:
        delivery.retry(GAP_RETRY_MS);
        return;
      case CommandOutcome.Full:
      case CommandOutcome.Dead:
      case CommandOutcome.Abandoned:
        return;
    }
  }

  async #giveUp(item: Item, error: unknown): Promise<void> {
    const { deadLetters, commands, observer, isValid } = this.#parts;
    if (!isValid()) {
      this.#end(item, CommandOutcome.Abandoned);
      return;
    }
    const reason = errorType(error);
    const why = { reason, text: toError(error).message };
    await deadLetters.append(deadLetterMessage(DeadLetterLog.Commands, item.delivery, why));
    if (item.command !== undefined) commands.drop(item.command, reason);
    try {
      await item.delivery.reject();
    } catch (unanswered) {
      observer.failed("command could not be rejected", unanswered);
    }
    this.#end(item, CommandOutcome.Dead);
  }

  #end(item: Item, outcome: CommandOutcome): void {
    this.#items.delete(item.delivery.sequence);
    this.#tell(outcome, item);
  }

  #tell(outcome: CommandOutcome, { command, delivery }: Item): void {
    const { clock, observer } = this.#parts;
    const ageMs = Math.max(0, clock.epochMs() - (command?.issuedAtMs ?? delivery.storedAtMs));
    observer.commandEnded(outcome, command, ageMs);
  }
}

function read(message: StoredMessage): Pick<Item, "command" | "error"> {
  try {
    return { command: readCommand(message), error: undefined };
  } catch (error) {
    return { command: undefined, error };
  }
}

function isEngineError(error: unknown): boolean {
  return LimelightError.is(error) && error.code.startsWith("ERR_ENGINE_");
}

/** Another attempt cannot make a message valid. */
function isInvalid(error: unknown): boolean {
  if (!LimelightError.is(error)) return false;
  return error.code === ErrorCode.ProtocolInvalid || error.code === ErrorCode.ProtocolVersion;
}

function startMissing(): ClusterError {
  return new ClusterError("the start of this generation is missing", {
    code: ErrorCode.ProtocolInvalid,
  });
}

/** Returns the commands between two indices that are in the outbox of a placement, without holes from the first on. */
function missingIn({ outbox }: PlacementRecord, last: number, before: number): readonly Command[] {
  const found: Command[] = [];
  for (let index = last + 1; index < before; index += 1) {
    const command = outbox.find(({ checkpoint }) => checkpoint.index === index);
    if (command === undefined) return found;
    found.push(command);
  }
  return found;
}
