import { DAY_MS } from "../../base/clock.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { requireName } from "../../base/names.ts";
import { choiceOption, numberOption, optionKeys, requireKnownKeys } from "../../base/options.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Cancellable } from "../definition/context.ts";
import type { MessageNamesFor, WhenFull } from "../definition/messages.ts";
import type { ActorRef } from "../definition/ref.ts";
import { CellRef } from "../delivery/cell-ref.ts";
import { unknownMessageError } from "../delivery/unknown-message.ts";
import { TopicSubscription } from "./topic-subscription.ts";

/**
 * How a topic handles a subscriber whose mailbox is full.
 *
 * @enum
 */
export const TopicDelivery = {
  /** The message is refused for this subscriber, as a tell would be. Other subscribers get it. */
  Drop: "drop",
  /** The publisher waits for space, for a limited time. */
  Wait: "wait",
  /** The message is refused and the subscription is cancelled. */
  Disconnect: "disconnect",
} as const;
export type TopicDelivery = (typeof TopicDelivery)[keyof typeof TopicDelivery];

/** Options of `topic.subscribe`. */
export interface SubscribeOptions<Message> {
  /**
   * Selects the messages to deliver. An error it throws counts as `false` and is logged once. Default: all
   * messages.
   */
  readonly filter?: (message: Message) => boolean;
}

/** Sends each published message to all subscribed actors. */
export interface Topic<Message, Delivery extends TopicDelivery = "drop"> {
  /** The name given to {@link createTopic}. */
  readonly name: string;
  /** Number of subscriptions. */
  readonly size: number;

  /**
   * Sends each later message that passes the filter to `ref` as a tell of `messageType`, until the
   * subscription is cancelled or the actor has ended. Restarts do not affect the subscription. Subscribing
   * the same message of the same actor again replaces the filter.
   *
   * @throws {@link DeliveryError} `ERR_UNKNOWN_MESSAGE`
   * @throws {@link UsageError} `ERR_INVALID_OPTION` when `ref` is not a ref, or the filter not a function
   * @example
   * ```ts
   * const prices = createTopic<number>("prices");
   * const display = defineActor("display", {
   *   handlers: {
   *     show: (c, cents: number) => c.log.info({ cents }, "price"),
   *   },
   * });
   * const subscription = prices.subscribe(system.spawn(display), "show");
   * subscription.cancel();
   * ```
   */
  subscribe<Messages, Full extends WhenFull>(
    ref: ActorRef<Messages, Full>,
    messageType: MessageNamesFor<Messages, Message>,
    options?: SubscribeOptions<Message>,
  ): Cancellable;

  /**
   * Sends `message` to all subscribers. Each subscriber gets messages in the order of publishing.
   *
   * @returns the number of mailboxes that got it; with `delivery: "wait"` a promise, which never rejects
   * @example
   * ```ts
   * const orders = createTopic<string>("orders", { delivery: "wait", timeoutMs: 1_000 });
   * await orders.publish("order 17"); // waits for space in full mailboxes, for at most a second
   * ```
   */
  publish(message: Message): Delivery extends "wait" ? Promise<number> : number;
}

/** Options of {@link createTopic}. */
export interface TopicOptions {
  /** Default `drop`. */
  readonly delivery?: TopicDelivery;
  /** How long a publisher waits for space with `delivery: "wait"`. Default 5,000 ms. */
  readonly timeoutMs?: number;
}

const TOPIC_OPTIONS = optionKeys<TopicOptions>({ delivery: true, timeoutMs: true });
const SUBSCRIBE_OPTIONS = optionKeys<SubscribeOptions<never>>({ filter: true });

class SubscriberTopic<Message> {
  readonly name: string;
  readonly #delivery: TopicDelivery;
  readonly #timeoutMs: number;
  readonly #byActor = new Map<ActorCell, Map<string, TopicSubscription>>();
  /** All subscriptions in order of creation; `undefined` after a change, until rebuilt. */
  #list: readonly TopicSubscription[] | undefined = [];
  #size = 0;

  constructor(name: string, options: TopicOptions) {
    requireName("topic name", name);
    requireKnownKeys(`topic ${name}`, options, TOPIC_OPTIONS);
    const { delivery, timeoutMs } = options;
    this.name = name;
    const choices = Object.values(TopicDelivery);
    this.#delivery = choiceOption("delivery", delivery, TopicDelivery.Drop, choices);
    this.#timeoutMs = numberOption("timeoutMs", timeoutMs, 5_000, { min: 0, max: DAY_MS });
  }

  /** Not a plain object, see `CellRef`. */
  get [Symbol.toStringTag](): string {
    return "Topic";
  }

  get size(): number {
    return this.#size;
  }

  subscribe(ref: unknown, messageType: string, options?: SubscribeOptions<Message>): Cancellable {
    const cell = CellRef.cellOf(ref);
    requireKnownKeys("`subscribe`", options, SUBSCRIBE_OPTIONS);
    const filter = options?.filter;
    if (cell === undefined) throw badOption("`ref` of a subscription must be an ActorRef");
    if (filter !== undefined && typeof filter !== "function") {
      throw badOption("`filter` of a subscription must be a function");
    }
    if (cell.elsewhere)
      throw badOption(`${cell.actorId} is in another process and cannot subscribe`);
    const route = cell.type.tells.get(messageType);
    if (route === undefined) throw unknownMessageError(cell, messageType, " to subscribe with");
    const subscription = new TopicSubscription(this.name, cell, route, filter, () =>
      this.#remove(subscription),
    );
    if (cell.accepting) this.#add(subscription);
    return subscription;
  }

  publish(message: Message): number | Promise<number> {
    const wait = this.#delivery === TopicDelivery.Wait;
    const waiting: Promise<boolean>[] = [];
    let got = 0;
    this.#list ??= [...this.#byActor.values()].flatMap((own) => [...own.values()]);
    for (const subscription of this.#list) {
      if (!subscription.wants(message)) continue;
      const delivered = wait
        ? subscription.deliverWithin(message, this.#timeoutMs)
        : subscription.deliver(message);
      if (typeof delivered === "object") waiting.push(delivered);
      else if (delivered) got += 1;
      else if (this.#delivery === TopicDelivery.Disconnect) subscription.disconnect();
    }
    return wait ? countTrue(got, waiting) : got;
  }

  #add(subscription: TopicSubscription): void {
    const { cell, route } = subscription;
    const own = this.#byActor.get(cell) ?? new Map<string, TopicSubscription>();
    own.get(route.messageType)?.cancel();
    this.#byActor.set(cell, own);
    own.set(route.messageType, subscription);
    cell.ensureExtras().subscriptions.add(subscription);
    this.#size += 1;
    this.#list = undefined;
  }

  #remove(subscription: TopicSubscription): void {
    const { cell, route } = subscription;
    const own = this.#byActor.get(cell);
    if (own?.get(route.messageType) !== subscription) return;
    own.delete(route.messageType);
    if (own.size === 0) this.#byActor.delete(cell);
    cell.ensureExtras().subscriptions.delete(subscription);
    this.#size -= 1;
    this.#list = undefined;
  }
}

async function countTrue(got: number, waiting: readonly Promise<boolean>[]): Promise<number> {
  const outcomes = await Promise.all(waiting);
  return got + outcomes.filter((outcome) => outcome).length;
}

function badOption(text: string): UsageError {
  return new UsageError(text, { code: ErrorCode.InvalidOption });
}

/**
 * Creates a topic. A topic belongs to no system: actors of any system may subscribe, and it needs no closing.
 *
 * @param name for display and log lines; 1 to 64 characters of `A-Z a-z 0-9 _ $ . -`
 * @throws {@link UsageError} `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`
 * @example
 * ```ts
 * const prices = createTopic<number>("prices");
 * const display = defineActor("display", {
 *   handlers: {
 *     show: (c, cents: number) => c.log.info({ cents }, "price"),
 *   },
 * });
 * prices.subscribe(system.spawn(display), "show", { filter: (cents) => cents > 0 });
 * prices.publish(1_999); // 1: the number of mailboxes that got it
 * ```
 */
export function createTopic<Message>(
  name: string,
  options: TopicOptions & { readonly delivery: "wait" },
): Topic<Message, "wait">;
export function createTopic<Message>(
  name: string,
  options?: TopicOptions & { readonly delivery?: "drop" | "disconnect" },
): Topic<Message>;
export function createTopic<Message>(
  name: string,
  options: TopicOptions = {},
): Topic<Message, TopicDelivery> {
  // The return type of `publish` follows from `delivery`, as the overloads declare.
  return new SubscriberTopic<Message>(name, options) as Topic<Message, TopicDelivery>;
}
