import type { StopReason } from "../../telemetry/attributes.ts";
import type { DueEntry, Owner } from "../records/record-keys.ts";
import type { ForwardedMessage } from "./forwarded-message.ts";

/**
 * What is done to a key besides sending it messages. `sleep`, `kill` and `when_stopped` wake nothing; `wake` resolves
 * when the actor runs; `destroy` removes everything stored under the key, also of an actor that sleeps.
 *
 * @enum
 */
export const ActorOperation = {
  Sleep: "sleep",
  Kill: "kill",
  Destroy: "destroy",
  Wake: "wake",
  WhenStopped: "when_stopped",
} as const;
export type ActorOperation = (typeof ActorOperation)[keyof typeof ActorOperation];

/** What operations resolve with. All of it is JSON, so that it can come from another process. */
export interface OperationResults {
  readonly [ActorOperation.Sleep]: undefined;
  readonly [ActorOperation.Kill]: undefined;
  /** Whether there was an actor. */
  readonly [ActorOperation.Destroy]: boolean;
  readonly [ActorOperation.Wake]: undefined;
  readonly [ActorOperation.WhenStopped]: StopReason;
}

/**
 * Where the keyed actors of a system are, if they may be in other processes. Without one, every key is in this process.
 *
 * With a placement, an activation begins only by `ActorHost.start`, which is told its generation. Everything that is
 * addressed to a key without an activation here is handed to the placement, in the order in which it was sent.
 */
export interface Placement {
  /**
   * Takes over a message. It must end it: by one of its methods, and for an ask at the latest when it has settled.
   * Called in the stack of the sender. Must not throw.
   */
  forward(message: ForwardedMessage): void;
  /** Performs an operation on a key that is not awake here. Rejects with a coded error. */
  perform<Operation extends ActorOperation>(
    owner: Owner,
    operation: Operation,
  ): Promise<OperationResults[Operation]>;
  /**
   * Runs `work` while no process has or starts an activation of the key.
   *
   * @returns what `work` returns; `undefined` without having run it if there is an activation
   */
  exclusively<Value>(owner: Owner, work: () => Promise<Value>): Promise<Value | undefined>;
  /** Whether this process looks for due schedules and expired actors of the store. One process at a time should. */
  scansDueTimes(): boolean;
  /** Called when an actor of this process has stored a due time while another process looks for them. */
  noticeDue(dueAtMs: number): void;
  /**
   * Gives a due schedule, or due queue messages, to the actor of a key that is not awake here: starts it, and calls
   * `ActorHost.fire` there. Rejects if that was not possible; it is tried again later.
   */
  wake(entry: DueEntry): Promise<void>;
  /** Returns which of these keys of a type are awake in other processes, as far as that is known. */
  awakeElsewhere(type: string, keyTexts: readonly string[]): Promise<ReadonlySet<string>>;
}
