import type { ActorCell } from "../../actor/cell/cell.ts";
import type { CallOptions } from "../../actor/definition/ref.ts";
import type { Store } from "../../store/contract/store.ts";
import type { SystemDatabases } from "../database/system-databases.ts";
import type { Owner } from "../records/record-keys.ts";
import type { KeysElsewhere } from "../residence/keys-elsewhere.ts";
import type { Activation } from "./activation.ts";
import type { SaveQueues } from "./activation-writer.ts";
import type { KeyEntry } from "./key-entry.ts";
import type { KeyTarget } from "./key-target.ts";
import type { PartFactories } from "./life-part.ts";

/** What the activations of a system share: the part of the room above that this one uses. */
export interface Residence {
  readonly store: Store;
  readonly parts: PartFactories;
  readonly databases: SystemDatabases;
  readonly saves: SaveQueues;
  /** What is done to keys without an activation here, if they may be in other processes. */
  readonly elsewhere: KeysElsewhere | undefined;
  /** Returns the entry of a key that is not asleep. */
  find(type: string, keyText: string): KeyEntry | undefined;
  /** Returns the actor that receives the messages to a key, which may be started for it. */
  receiverOf(target: KeyTarget): ActorCell;
  /** Returns the activation that follows one that ends, for the messages it did not handle; it may be started. */
  successorOf(activation: Activation): ActorCell | undefined;
  /** Returns what an activation has to wait for before it may load; `undefined` if it is admitted at once. */
  admit(activation: Activation): Promise<void> | undefined;
  /**
   * Called for each message to an actor that may still be starting.
   *
   * @param mustExist whether the message is for an actor that exists
   */
  hasten(cell: ActorCell, mustExist: boolean): void;
  /** Called when it is stored that an actor expires at `atMs`, in milliseconds since the epoch. */
  expires(atMs: number): void;
  /** Returns what others do with the queues of a key. */
  outboxes(target: KeyTarget, options: CallOptions | undefined): unknown;
  /**
   * Removes everything stored under a key. Resolves with `result` of whether there was an actor. Code that the removal
   * has to wait for gets a promise that is rejected, and need not be handled.
   */
  remove<Value>(owner: Owner, result: (removed: boolean) => Value): Promise<Value>;
  /** Called when nothing keeps an activation awake; may be repeated. */
  idle(activation: Activation): void;
  /** Called after an activation has handled messages. */
  turnEnded(activation: Activation): void;
  /** Called when an activation begins to end. */
  ending(activation: Activation): void;
  /** Called when an activation has ended; a write of it may still be under way. */
  ended(activation: Activation): void;
}
