import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { ActorCell } from "../cell/cell.ts";
import { StopRequest } from "../lifecycle/stop-request.ts";
import { ABSENT, type Envelope } from "../mailbox/envelope.ts";
import { type BareMessage, DequeuedArgs } from "../mailbox/message-queue.ts";

/** How far one actor has come in its turn; one object a system, used over and over. */
export class Slice {
  /** The message last taken, where it has no envelope. */
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

  /** Begins the turn of the next actor, for messages of together up to `limit` in weight. */
  begin(limit: number): void {
    this.#limit = limit;
    this.#spent = 0;
    this.#taken = 0;
  }

  /** Whether the actor may handle one more message. */
  mayContinue({ blocked, stopRequest }: ActorCell): boolean {
    return this.#spent < this.#limit && !blocked && stopRequest < StopRequest.Now;
  }

  /** Ends the turn after the message at hand. */
  end(): void {
    this.#limit = 0;
  }

  /** Keeps nothing of the message last taken. */
  forget(): void {
    this.dequeued.first = ABSENT;
    this.dequeued.second = ABSENT;
    this.dequeued.context = ROOT_CONTEXT;
  }

  /** Takes the next message out and counts it in. */
  next(cell: ActorCell): Envelope | BareMessage | undefined {
    const item = cell.dequeueTo(this.dequeued);
    if (item === undefined) return undefined;
    this.#taken += 1;
    cell.taken += 1;
    this.#spent += item.route.weight;
    return item;
  }
}
