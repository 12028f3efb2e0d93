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

const DESKS_OF_A_CLUSTER = 8;

/** Returns the keys of the desks of a shop. */
export function desksOf(isCluster: boolean): readonly string[] {
  if (!isCluster) return ["main"];
  return Array.from({ length: DESKS_OF_A_CLUSTER }, (_, at) => `desk-${at + 1}`);
}

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
  readonly #desks: readonly string[];
  readonly #orderIds: string[] = [];
  #calls = 0;

  constructor(luck: Luck, desks: readonly string[]) {
    this.#luck = luck;
    this.#desks = desks;
  }

  next(): Errand {
    const luck = this.#luck;
    const draw = luck.next();
    if (draw < 0.1) return luck.pick(MISTAKES);
    if (draw < 0.35 && this.#orderIds.length > 0) return show(luck.pick(this.#orderIds));
    // In turn and not by luck: a run of one desk is the same as ever.
    this.#calls += 1;
    const desk = this.#desks[this.#calls % this.#desks.length];
    return place({ item: luck.pick(ITEMS), quantity: luck.pick([1, 1, 1, 2, 3]) }, desk);
  }

  /** Records an order that was placed. */
  placed(orderId: string): void {
    this.#orderIds.push(orderId);
    if (this.#orderIds.length > REMEMBERED) this.#orderIds.shift();
  }
}

function place(request: unknown, desk = "main"): Errand {
  return { type: "desk", key: desk, message: "place", args: [request] };
}

function show(orderId: string): Errand {
  return { type: "order", key: orderId, message: "show", args: [] };
}
