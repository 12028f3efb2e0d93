import { context, propagation, SpanKind } from "@opentelemetry/api";
import { type ActorHandle, type Client, type ClientOptions, createClient } from "../../client.ts";
import { withSpan } from "../../telemetry.ts";
import type { DeskDefinition } from "../actors/desk.ts";
import { OrderStatus } from "../actors/order.ts";
import type { OrderDefinition } from "../actors/placed-order.ts";
import type { Errand } from "./load-traffic.ts";

type ShopActors = readonly [DeskDefinition, OrderDefinition];
/** The client, of which a mistake may ask anything. */
type AnyActors = Readonly<Record<string, { get(key: string): ActorHandle<AnyActor> }>>;
interface AnyActor {
  readonly messages: Readonly<Record<string, (c: never, ...args: unknown[]) => unknown>>;
}

/** Maximum time waited for an answer. */
const ANSWER_TIMEOUT_MS = 3_500;

/** Nothing is repeated, so that the shop gets the load that was asked for. */
const OPTIONS: ClientOptions = {
  timeoutMs: ANSWER_TIMEOUT_MS,
  retries: 0,
  inject: (carrier) => propagation.inject(context.active(), carrier),
};

/** The customers of the shop at one address. In a process with an SDK, the trace of a call begins here. */
export class Customers {
  readonly #url: string;
  readonly #client: Client<ShopActors>;

  constructor(url: string) {
    this.#url = url;
    this.#client = createClient<ShopActors>(url, OPTIONS);
  }

  /** Resolves with the reply to a call. Rejects with a {@link CallError}. */
  call({ type, key, message, args }: Errand): Promise<unknown> {
    const actors = this.#client as unknown as AnyActors;
    return inClientSpan(`${type}/${message}`, async () => {
      return await actors[type]?.get(key).ask[message]?.(...args);
    });
  }

  /**
   * Connects to an order, on a socket of its own as the page of a customer does, and waits until it is delivered.
   *
   * Resolves with whether the customer was told of the delivery before `signal` was aborted. Never rejects.
   */
  async follow(orderId: string, signal: AbortSignal): Promise<boolean> {
    const client = createClient<ShopActors>(this.#url, OPTIONS);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    signal.addEventListener("abort", () => resolve(false), { once: true });
    if (signal.aborted) resolve(false);
    const order = client.order.get(orderId).connect();
    order.on("delivered", () => resolve(true));
    // It may have been delivered before the connection was there, or while it was lost.
    order.onResync(async () => {
      if ((await order.ask.show())?.status === OrderStatus.Delivered) resolve(true);
    });
    order.onStatus((status) => {
      if (status === "closed") resolve(false); // refused: there is no such order any more
    });
    const isDelivered = await promise;
    await client.$close();
    return isDelivered;
  }
}

function inClientSpan<Result>(name: string, call: () => Promise<Result>): Promise<Result> {
  return withSpan(name, call, { kind: SpanKind.CLIENT });
}
