import { ActorType } from "../../actor/cell/actor-type.ts";
import { ActorCell, type Life } from "../../actor/cell/cell.ts";
import type { ActorDefinition } from "../../actor/definition/definition.ts";
import type { AnyHandlers, WhenFull } from "../../actor/definition/messages.ts";
import type { WaitOptions } from "../../actor/delivery/parked-sends.ts";
import { type EndPhase, type Phase, PhaseOwner } from "../../actor/lifecycle/phases.ts";
import { StopRequest } from "../../actor/lifecycle/stop-request.ts";
import type { Envelope } from "../../actor/mailbox/envelope.ts";
import type { PendingAsk } from "../../actor/mailbox/pending-ask.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { StorageMetrics } from "../../store/counting/storage-metrics.ts";
import {
  AwakeReason,
  DeadLetterReason,
  MessageKind,
  StopReason,
} from "../../telemetry/attributes.ts";
import { ActivationMetrics } from "../../telemetry/metrics/activation-metrics.ts";
import type { TypeMetrics } from "../../telemetry/metrics/type-metrics.ts";
import { Disconnect } from "../connection/close-route.ts";
import type { AnyKeyedDefinition } from "../definition/keyed-definition.ts";
import { SaveMode } from "../definition/save-mode.ts";
import { Elsewhere, Refusing, StandIn } from "../placement/stand-in.ts";
import { type Activation, activationOf } from "./activation.ts";
import { carry, carryAll } from "./carry.ts";
import { endPhasesOf } from "./end-phases.ts";
import type { KeyTarget } from "./key-target.ts";
import { KeyedLife } from "./keyed-life.ts";
import type { Residence } from "./residence.ts";
import { beginLife, loadLife } from "./start-phases.ts";

const PHASES: readonly Phase[] = [
  { name: "load", owner: PhaseOwner.Internal, run: loadLife },
  { name: "begin", owner: PhaseOwner.User, run: beginLife },
];

/** A keyed definition in one system. */
export class KeyedType extends ActorType {
  readonly definition: AnyKeyedDefinition;
  readonly activationMetrics: ActivationMetrics;
  readonly storageMetrics: StorageMetrics;
  override readonly sleeps: boolean = true;
  override readonly opensWakeSpan: boolean = true;
  override readonly requestedStop: StopReason = StopReason.Requested;
  override readonly observesTurns: boolean = true;
  override readonly holdsReplies: boolean;
  override readonly phases: readonly Phase[] = PHASES;
  override readonly endPhases: readonly EndPhase[];
  #residence: Residence | undefined;
  #refusing: ActorCell | undefined;
  #refusingFull: ActorCell | undefined;

  constructor(
    system: SystemRuntime,
    definition: ActorDefinition<unknown, unknown, AnyHandlers, WhenFull>,
    metrics: TypeMetrics,
  ) {
    super(system, definition, metrics);
    this.definition = definition as unknown as AnyKeyedDefinition;
    const { events, save } = this.definition.settings;
    // Replies keep the order of events, some of which always wait for the store.
    this.holdsReplies = save === SaveMode.BeforeReply || Object.keys(events).length > 0;
    this.endPhases = endPhasesOf(this.definition);
    this.activationMetrics = new ActivationMetrics(system.book, metrics.attributes);
    this.storageMetrics = new StorageMetrics(system.book, metrics);
  }

  get residence(): Residence {
    return this.#residence as Residence; // set when the type is registered, before its first ref
  }

  /** Connects the type with the other parts of its system, once. */
  settle(residence: Residence): void {
    this.#residence = residence;
  }

  override createContext(cell: ActorCell): Life {
    // The first life is created with the cell: from here on the key's messages go to it.
    if (!(cell.input instanceof StandIn) && cell.life === undefined)
      activationOf(cell).attach(cell);
    return new KeyedLife(cell);
  }

  override keyOf({ input }: ActorCell): string | undefined {
    if (input instanceof Elsewhere) return input.owner.keyText;
    return input instanceof StandIn ? undefined : (input as Activation).owner.keyText;
  }

  override idOf(cell: ActorCell): string {
    const { input } = cell;
    return input instanceof Elsewhere ? `${this.name}/${input.owner.keyText}` : super.idOf(cell);
  }

  override isElsewhere({ input }: ActorCell): boolean {
    return input instanceof Elsewhere;
  }

  override generationOf({ input }: ActorCell): number | undefined {
    return input instanceof StandIn ? undefined : (input as Activation).generation;
  }

  override reply(cell: ActorCell, ask: PendingAsk, value: unknown): void {
    activationOf(cell).writer.hold(ask, value);
  }

  override turnEnded(cell: ActorCell): void {
    const activation = activationOf(cell);
    activation.writer.turnEnded();
    this.residence.turnEnded(activation);
  }

  override furtherAwakeReason({ input }: ActorCell): AwakeReason {
    if (input instanceof StandIn) return AwakeReason.Idle;
    return (input as Activation).holdsIfAny?.first() ?? AwakeReason.Idle;
  }

  override stopOverdue({ stopReason }: ActorCell): void {
    this.activationMetrics.timedOut(stopReason ?? StopReason.Killed);
  }

  override offered(
    cell: ActorCell,
    envelope: Envelope,
    options: WaitOptions | undefined,
  ): Promise<void> | undefined {
    const { elsewhere } = this.residence;
    if (cell.input instanceof Elsewhere) return elsewhere?.forward(cell, envelope, options);
    return super.offered(cell, envelope, options);
  }

  /** What reaches an activation that ends is handled by the next one, unless that would lose or repeat something. */
  override undelivered(cell: ActorCell, envelope: Envelope, reason: DeadLetterReason): void {
    if (envelope.first instanceof Disconnect) {
      envelope.route.series.handledUntimed(); // the connection ends with the activation
      return;
    }
    if (cell.input instanceof Elsewhere) {
      void this.residence.elsewhere?.forward(cell, envelope, undefined); // its sender does not wait any more
      return;
    }
    const next = this.#nextFor(cell, reason);
    if (next?.elsewhere === true && envelope.ask?.isFromOutside === true) {
      // It came by the door of this process, and finds the actor sooner by another one than through this process.
      envelope.ask.fail(this.#notOwner(cell, envelope.route.messageType));
      envelope.route.series.handledUntimed();
      return;
    }
    if (next !== undefined) {
      carry(envelope, next);
      // Now, since a new message could come before the next of them.
      if (reason === DeadLetterReason.Undelivered) carryAll(cell, next);
    }
    // The message of a schedule is not lost: the schedule stays due, and the next activation sends its own.
    else if (envelope.route.kind === MessageKind.Schedule) envelope.route.series.handledUntimed();
    else super.undelivered(cell, envelope, reason);
  }

  override refusal(cell: ActorCell, messageType: string): DeliveryError {
    const { actorId, stopReason, input } = cell;
    if (input instanceof Refusing) {
      const { code, text } = input;
      return new DeliveryError(text, { code, actorId, messageType });
    }
    if (stopReason === StopReason.Fenced) return this.#notOwner(cell, messageType);
    const { destroying } = input as Activation;
    if (destroying) {
      const text = `${actorId} was destroyed before it handled ${messageType}`;
      return new DeliveryError(text, { code: ErrorCode.ActorDestroyed, actorId, messageType });
    }
    if ((input as Activation).absent) {
      const text = `there is no ${this.name} under this key`;
      return new DeliveryError(text, { code: ErrorCode.NoSuchActor, actorId, messageType });
    }
    if (stopReason !== StopReason.StartFailed) return super.refusal(cell, messageType);
    const { message, cause } = cell.startFailedError();
    const { phase } = (input as Activation).record?.steps.at(-1) ?? {};
    const options = { code: ErrorCode.StartFailed, actorId, messageType, cause, phase };
    return new DeliveryError(message, options);
  }

  override interruption(cell: ActorCell, messageType: string): DeliveryError {
    if (cell.stopReason !== StopReason.Fenced) return super.interruption(cell, messageType);
    return this.#notOwner(cell, messageType);
  }

  /** Returns a cell that passes what it receives to the placement. */
  standInFor({ owner, input, mustExist }: KeyTarget): ActorCell {
    return this.#createStandIn(new Elsewhere(owner, input, mustExist), 0);
  }

  /** An actor that receives no message, for those to keys that a system which is shut down may not wake. */
  get refusing(): ActorCell {
    const text = `system ${this.system.name} is shut down and wakes no ${this.name}`;
    this.#refusing ??= this.#createRefusing(ErrorCode.SystemStopped, text);
    return this.#refusing;
  }

  /** The same for keys that would have to wait for others to leave, while too many wait already. */
  get refusingFull(): ActorCell {
    const text = `too many keys wait for room in system ${this.system.name} to wake a ${this.name}`;
    this.#refusingFull ??= this.#createRefusing(ErrorCode.ResidentLimit, text);
    return this.#refusingFull;
  }

  #createRefusing(code: ErrorCode, text: string): ActorCell {
    return this.#createStandIn(new Refusing(code, text));
  }

  #createStandIn(input: StandIn, number?: number): ActorCell {
    const cell = new ActorCell(this, undefined, input, number);
    cell.stopRequest = StopRequest.Closing;
    cell.stopReason = StopReason.Shutdown;
    cell.state = "stopped";
    return cell;
  }

  #notOwner({ actorId, input }: ActorCell, messageType: string): DeliveryError {
    const { type, keyText } = (input as Activation).owner;
    const text = `this process no longer runs ${type}/${keyText}`;
    return new DeliveryError(text, { code: ErrorCode.NotOwner, actorId, messageType });
  }

  #nextFor(cell: ActorCell, reason: DeadLetterReason): ActorCell | undefined {
    const { input, stopReason } = cell;
    if (input instanceof StandIn || stopReason === undefined) return undefined;
    const activation = input as Activation;
    if (stopReason === StopReason.StartFailed) return undefined;
    const isQueued = reason === DeadLetterReason.Undelivered;
    // Messages that were queued share the fate of what they were queued for; later ones are for the next activation.
    if (isQueued && (activation.destroying || !sleeps(stopReason))) return undefined;
    return this.residence.successorOf(activation);
  }
}

/** Whether the end is one after which the actor goes on in its next activation. */
function sleeps(reason: StopReason): boolean {
  switch (reason) {
    case StopReason.Normal:
    case StopReason.Idle:
    case StopReason.Requested:
    case StopReason.Evicted:
    case StopReason.Drained:
    case StopReason.StateConflict:
    case StopReason.Shutdown:
    case StopReason.Fenced:
      return true;
    case StopReason.Killed:
    case StopReason.Failed:
    case StopReason.StartFailed:
    case StopReason.ParentStopped:
    case StopReason.LinkDied:
    case StopReason.SiblingFailed:
    case StopReason.Destroyed:
      return false;
  }
}
