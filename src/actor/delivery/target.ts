import type { ActorCell } from "../cell/cell.ts";

/** The destination of a ref. It determines the receiving actor at the time of each send. */
export interface Target {
  readonly actorId: string;
  readonly type: ActorCell["type"];
  /** Returns the actor that receives a message sent now. Kinds of actor that wake on demand may start it. */
  cell(): ActorCell;
  /**
   * Returns the actor that is awake, without starting one. Only targets that start actors have it; the actor of any
   * other target exists.
   */
  awakeCell?(): ActorCell | undefined;
}
