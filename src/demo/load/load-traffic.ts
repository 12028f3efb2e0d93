import { ITEMS } from "../actors/order.ts";
import type { Luck } from "../luck.ts";

/** One request of a customer. */
export interface Errand {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
}

/** Number of orders whose ids are kept for reading. */
const REMEMBERED = 100;

/** Invalid requests, which the shop must reject. */
const MISTAKES: readonly Errand[] = [
  { method: "POST", path: "/orders", body: "two lamps, please" },
  { method: "POST", path: "/orders", body: '{"item":"unicorn","quantity":1}' },
  { method: "POST", path: "/orders", body: '{"item":"lamp","quantity":0}' },
  { method: "GET", path: "/orders/00000000" },
  { method: "GET", path: "/catalogue" },
];

/** Generates customer requests: mostly orders, some reads of earlier orders, a few mistakes. */
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
    if (draw < 0.35 && this.#orderIds.length > 0) {
      return { method: "GET", path: `/orders/${luck.pick(this.#orderIds)}` };
    }
    const order = { item: luck.pick(ITEMS), quantity: luck.pick([1, 1, 1, 2, 3]) };
    return { method: "POST", path: "/orders", body: JSON.stringify(order) };
  }

  /** Records an order that was placed. */
  placed(orderId: string): void {
    this.#orderIds.push(orderId);
    if (this.#orderIds.length > REMEMBERED) this.#orderIds.shift();
  }
}
