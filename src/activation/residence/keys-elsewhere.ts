import type { ActorCell } from "../../actor/cell/cell.ts";
import type { WaitOptions } from "../../actor/delivery/parked-sends.ts";
import type { Envelope } from "../../actor/mailbox/envelope.ts";
import { DeadLetterReason, MessageKind } from "../../telemetry/attributes.ts";
import { ForwardedMessage } from "../placement/forwarded-message.ts";
import type { Placement } from "../placement/placement.ts";
import { Parcel } from "../queue/outbox.ts";
import type { Owner } from "../records/record-keys.ts";
import type { Directory } from "./directory.ts";

/** Hands over what is sent to keys that have no activation in this process. */
export class KeysElsewhere {
  readonly placement: Placement;
  readonly #directory: Directory;

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
    const message = new ForwardedMessage(cell, envelope, options, find);
    this.placement.forward(message);
    return message.room;
  }

  /** Returns the activation of a key that accepts messages. */
  find({ type, keyText }: Owner): ActorCell | undefined {
    const cell = this.#directory.find(type, keyText)?.cell;
    return cell?.accepting === true ? cell : undefined;
  }
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
