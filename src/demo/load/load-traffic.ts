import { ITEMS } from "../actors/order.ts";
import type { Luck } from "../luck.ts";

/** One call of a customer, valid or not. */
export interface Errand {
  /** Name of the actor type. */
  readonly type: string;
  readonly key: string;
  readonly message: string;
  readonly args: readonly unknown[];
}

/** Number of orders whose ids are kept for reading. */
const REMEMBERED = 100;

/** Invalid calls, which the shop must reject. */
const MISTAKES: readonly Errand[] = [
  place("two lamps, please"),
  place({ item: "unicorn", quantity: 1 }),
  place({ item: "lamp", quantity: 0 }),
  show("00000000"),
  { type: "catalogue", key: "2026", message: "show", args: [] },
];

/** Generates the calls of customers: mostly orders, some reads of earlier orders, a few mistakes. */
export class Traffic {
  readonly #luck: Luck;
  readonly #orderIds: string[] = [];

  constructor(luck: Luck) {
    this.#luck = luck;
  }

  next(): Errand {
    const luck = this.#luck;
    const draw = luck.next();
    if (draw < 0.1) return luck.pick(MISTAKES);
    if (draw < 0.35 && this.#orderIds.length > 0) return show(luck.pick(this.#orderIds));
    return place({ item: luck.pick(ITEMS), quantity: luck.pick([1, 1, 1, 2, 3]) });
  }

  /** Records an order that was placed. */
  placed(orderId: string): void {
    this.#orderIds.push(orderId);
    if (this.#orderIds.length > REMEMBERED) this.#orderIds.shift();
  }
}

function place(request: unknown): Errand {
  return { type: "desk", key: "main", message: "place", args: [request] };
}

function show(orderId: string): Errand {
  return { type: "order", key: orderId, message: "show", args: [] };
}
