import { toError } from "../../base/errors.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Cancellable } from "../definition/context.ts";
import { offer } from "../delivery/offer.ts";
import { pack } from "../delivery/sending.ts";
import { write } from "../lifecycle/logging.ts";
import { ABSENT } from "../mailbox/envelope.ts";
import type { Route } from "../mailbox/route.ts";

/** The subscription of one message of one actor to a topic. */
export class TopicSubscription implements Cancellable {
  readonly cell: ActorCell;
  readonly route: Route;
  readonly #topic: string;
  readonly #filter: ((message: never) => unknown) | undefined;
  readonly #onCancel: () => void;
  #cancelled = false;
  #complained = false;

  constructor(
    topic: string,
    cell: ActorCell,
    route: Route,
    filter: ((message: never) => unknown) | undefined,
    onCancel: () => void,
  ) {
    this.#topic = topic;
    this.cell = cell;
    this.route = route;
    this.#filter = filter;
    this.#onCancel = onCancel;
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#onCancel();
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  /** Cancels the subscription of an actor that is too slow, and logs it. */
  disconnect(): void {
    if (this.#cancelled) return;
    this.cancel();
    const { cell, route } = this;
    const fields = {
      topic: this.#topic,
      target_id: cell.actorId,
      message_type: route.messageType,
    };
    const { system } = cell.type;
    system.warn("actor.topic.disconnected", cell.actorType, fields, "topic dropped a subscriber");
  }

  /** Returns whether the actor accepts messages and `message` passes the filter. */
  wants(message: unknown): boolean {
    if (this.#cancelled || !this.cell.accepting) return false;
    if (this.#filter === undefined) return true;
    try {
      return Boolean(this.#filter(message as never)) && !this.#cancelled;
    } catch (thrown) {
      this.#complain(toError(thrown));
      return false;
    }
  }

  /** Sends `message` if there is room; otherwise it is refused. */
  deliver(message: unknown): boolean {
    const taken = this.cell.accepting; // the filter may have ended the actor
    const envelope = pack(this.cell.type.system, this.route, message, ABSENT, undefined);
    const outcome = offer(this.cell, envelope, undefined, false);
    return taken && outcome === undefined;
  }

  /** Sends `message`, or waits up to `timeoutMs` for room, behind all waiting senders. */
  deliverWithin(message: unknown, timeoutMs: number): boolean | Promise<boolean> {
    const { cell } = this;
    const taken = cell.accepting;
    const envelope = pack(this.cell.type.system, this.route, message, ABSENT, undefined);
    const outcome = offer(cell, envelope, { timeoutMs }, true);
    if (!(outcome instanceof Promise)) return taken;
    return outcome.then(
      () => cell.accepting, // otherwise the wait ended because the actor ended
      () => false,
    );
  }

  #complain(err: Error): void {
    if (this.#complained) return;
    this.#complained = true;
    const { cell, route } = this;
    const fields = {
      event: "actor.topic.filter_failed",
      topic: this.#topic,
      target_id: cell.actorId,
      message_type: route.messageType,
      err,
    };
    write(cell.type.system.logger, "error", fields, "filter of a subscription threw");
  }
}
