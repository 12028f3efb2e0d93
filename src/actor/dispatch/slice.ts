import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { ActorCell } from "../cell/cell.ts";
import { StopRequest } from "../lifecycle/stop-request.ts";
import { ABSENT, type Envelope } from "../mailbox/envelope.ts";
import { type BareMessage, DequeuedArgs } from "../mailbox/message-queue.ts";

/** Progress of one actor in its turn. One object per system, reused for every turn. */
export class Slice {
  /** The last message taken, if it has no envelope. */
  readonly dequeued: DequeuedArgs = new DequeuedArgs();
  #limit = 0;
  #spent = 0;
  #taken = 0;

  /** Weight of the messages taken. */
  get spent(): number {
    return this.#spent;
  }

  /** Number of messages taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Starts the turn of the next actor, for messages with a total weight of up to `limit`. */
  begin(limit: number): void {
    this.#limit = limit;
    this.#spent = 0;
    this.#taken = 0;
  }

  /** Returns whether the actor may handle another message. */
  mayContinue({ blocked, stopRequest }: ActorCell): boolean {
    return this.#spent < this.#limit && !blocked && stopRequest < StopRequest.Now;
  }

  /** Ends the turn after the current message. */
  end(): void {
    this.#limit = 0;
  }

  /** Drops all references to the last message. */
  forget(): void {
    this.dequeued.first = ABSENT;
    this.dequeued.second = ABSENT;
    this.dequeued.context = ROOT_CONTEXT;
  }

  /** Takes the next message and adds it to the totals of the turn. */
  next(cell: ActorCell): Envelope | BareMessage | undefined {
    const item = cell.dequeueTo(this.dequeued);
    if (item === undefined) return undefined;
    this.#taken += 1;
    cell.taken += 1;
    this.#spent += item.route.weight;
    return item;
  }
}
