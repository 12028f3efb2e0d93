import { type ActorContext, type ActorDefinition, defineActor } from "../../index.ts";
import { ITEMS, type Item } from "./order.ts";

/** Whether an item has been reserved, and how many of it are left. */
interface Reservation {
  readonly granted: boolean;
  readonly left: number;
}

/** Messages of the inventory. */
export type InventoryMessages = {
  /** Reserves `quantity` of an item: all of it or nothing. */
  reserve(c: ActorContext<InventoryState>, item: Item, quantity: number): Reservation;
  /** Returns what was reserved for an order that failed. */
  release(c: ActorContext<InventoryState>, item: Item, quantity: number): void;
};

/** The desk finds the inventory by its name. */
export const INVENTORY = "inventory";

interface InventoryState {
  readonly stock: Record<Item, number>;
}

/** A full shelf. Plants are scarce, so that some orders find none. */
const FULL: Readonly<Record<Item, number>> = { lamp: 60, chair: 60, table: 60, plant: 6 };

/** How often the shelves are refilled. */
const RESTOCK_EVERY_MS = 5_000;

/** Tracks the stock and refills it at intervals. */
export const inventory: ActorDefinition<InventoryState, undefined, InventoryMessages> = defineActor(
  "inventory",
  {
    state: () => ({ stock: { ...FULL } }),

    onStart(c) {
      c.every("restock", RESTOCK_EVERY_MS, () => {
        const added = restock(c.state);
        if (added > 0) c.log.info({ added }, "shelves filled");
      });
    },

    handlers: {
      reserve(c, item, quantity) {
        const { stock } = c.state;
        if (stock[item] < quantity) {
          c.log.warn({ item, quantity, left: stock[item] }, "out of stock");
          return { granted: false, left: stock[item] };
        }
        stock[item] -= quantity;
        c.log.debug({ item, quantity, left: stock[item] }, "reserved");
        return { granted: true, left: stock[item] };
      },

      release(c, item, quantity) {
        c.state.stock[item] += quantity;
        c.log.debug({ item, quantity, left: c.state.stock[item] }, "released");
      },
    },
  },
);

/** Refills all shelves and returns the number of items added. */
function restock({ stock }: InventoryState): number {
  let added = 0;
  for (const item of ITEMS) {
    const missing = Math.max(0, FULL[item] - stock[item]);
    stock[item] += missing;
    added += missing;
  }
  return added;
}
