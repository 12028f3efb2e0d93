/** Items of the shop, with their unit price in cents. */
export const PRICE_CENTS = {
  lamp: 4_900,
  chair: 12_900,
  table: 34_900,
  plant: 1_900,
} as const;
export type Item = keyof typeof PRICE_CENTS;

export const ITEMS: readonly Item[] = Object.keys(PRICE_CENTS) as Item[];

/** Maximum quantity of an item in one order. */
export const MAX_QUANTITY = 20;

/** Status of an order. */
export const OrderStatus = { Paid: "paid", Delivered: "delivered" } as const;
export type OrderStatus = (typeof OrderStatus)[keyof typeof OrderStatus];

/** An order as a customer requests it. */
export interface OrderRequest {
  readonly item: Item;
  /** 1 to {@link MAX_QUANTITY}. */
  readonly quantity: number;
}

/** What a customer has paid for. */
export interface PaidOrder extends OrderRequest {
  readonly totalCents: number;
}

/** An order that has been placed. */
export interface Order extends PaidOrder {
  /** Eight hex digits. */
  readonly id: string;
  readonly status: OrderStatus;
}
