import type { ActorCell } from "../cell/cell.ts";

/** What a ref addresses: messages are sent to the actor it stands for at that moment. */
export interface Target {
  readonly actorId: string;
  readonly type: ActorCell["type"];
  /** The actor that takes a message sent now. A kind of actor that wakes on demand may start one for it. */
  cell(): ActorCell;
}
