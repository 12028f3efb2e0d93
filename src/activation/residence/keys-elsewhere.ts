import type { ActorCell } from "../../actor/cell/cell.ts";
import type { WaitOptions } from "../../actor/delivery/parked-sends.ts";
import type { Envelope } from "../../actor/mailbox/envelope.ts";
import { SteadyMap } from "../../base/steady-map.ts";
import { DeadLetterReason, MessageKind } from "../../telemetry/attributes.ts";
import { ForwardedMessage } from "../placement/forwarded-message.ts";
import type { Placement } from "../placement/placement.ts";
import type { Elsewhere } from "../placement/stand-in.ts";
import { Parcel } from "../queue/outbox.ts";
import type { Owner } from "../records/record-keys.ts";
import type { Directory } from "./directory.ts";

/** Hands over what is sent to keys that have no activation in this process. */
export class KeysElsewhere {
  readonly placement: Placement;
  readonly #directory: Directory;
  /** Number of messages under way, by key. */
  readonly #underWay = new SteadyMap<string, number>();

  constructor(placement: Placement, directory: Directory) {
    this.placement = placement;
    this.#directory = directory;
  }

  /** @returns what the sender of a tell waits for, if it waits */
  forward(
    cell: ActorCell,
    envelope: Envelope,
    options: WaitOptions | undefined,
  ): Promise<void> | undefined {
    if (!isForOthers(cell, envelope)) {
      envelope.route.series.handledUntimed(); // what an activation sends itself ends with it
      return undefined;
    }
    if (envelope.ask?.settled === true) {
      cell.type.system.deadLetter(cell, envelope, DeadLetterReason.Abandoned);
      return undefined;
    }
    const find = (owner: Owner): ActorCell | undefined => this.find(owner);
    const { owner } = cell.input as Elsewhere; // only cells that stand for keys come here
    this.#count(owner); // before it is made, since it may end at once
    const gone = (): void => this.#gone(owner);
    const message = new ForwardedMessage(cell, envelope, options, { find, gone });
    this.placement.forward(message);
    return message.room;
  }

  /** Whether messages to a key have been handed over that have neither arrived in this process nor ended. */
  hasUnderWay(owner: Owner): boolean {
    return this.#underWay.has(nameOf(owner));
  }

  /** Returns the activation of a key that accepts messages. */
  find({ type, keyText }: Owner): ActorCell | undefined {
    const cell = this.#directory.find(type, keyText)?.cell;
    return cell?.accepting === true ? cell : undefined;
  }

  #count(owner: Owner): void {
    const name = nameOf(owner);
    this.#underWay.set(name, (this.#underWay.get(name) ?? 0) + 1);
  }

  #gone(owner: Owner): void {
    const name = nameOf(owner);
    const left = (this.#underWay.get(name) ?? 0) - 1;
    if (left > 0) {
      this.#underWay.set(name, left);
      return;
    }
    this.#underWay.delete(name);
    const entry = this.#directory.find(owner.type, owner.keyText);
    if (entry !== undefined) entry.detoured = false;
  }
}

function nameOf({ type, keyText }: Owner): string {
  return `${type}/${keyText}`;
}

/** Whether it is a message of the definition or of a queue. Timers, schedules and signals are for one activation. */
function isForOthers({ type }: ActorCell, { route, first }: Envelope): boolean {
  switch (route.kind) {
    case MessageKind.Ask:
      return type.asks.get(route.messageType) === route || first instanceof Parcel;
    case MessageKind.Tell:
      return type.tells.get(route.messageType) === route;
    case MessageKind.Timer:
    case MessageKind.Schedule:
    case MessageKind.Signal:
      return false;
  }
}
