import { setTimeout as delay } from "node:timers/promises";
import { context, propagation, SpanKind } from "@opentelemetry/api";
import {
  type ActorHandle,
  CallError,
  CallOutcome,
  type Client,
  type ClientOptions,
  createClient,
} from "../../client.ts";
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

/** How often an order is looked for. */
const LOOK_AGAIN_MS = 200;
const NOT_FOUND = 404;

/** Nothing is repeated, so that the shop gets the load that was asked for. */
const OPTIONS: ClientOptions = {
  timeoutMs: ANSWER_TIMEOUT_MS,
  retries: 0,
  inject: (carrier) => propagation.inject(context.active(), carrier),
};

/** The customers of the shop at its addresses, which they use in turn. In a process with an SDK, the trace of a call begins here. */
export class Customers {
  readonly #urls: readonly string[];
  readonly #clients: readonly Client<ShopActors>[];
  #calls = 0;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
    this.#clients = urls.map((url) => createClient<ShopActors>(url, OPTIONS));
  }

  /** Resolves with the reply to a call. Rejects with a {@link CallError}. */
  call({ type, key, message, args }: Errand): Promise<unknown> {
    return inClientSpan(`${type}/${message}`, () => {
      return this.#call(async (client) => {
        const actors = client as unknown as AnyActors;
        return await actors[type]?.get(key).ask[message]?.(...args);
      });
    });
  }

  /**
   * Returns whether an order is there; `undefined` if the shop has not said so until `untilMs`, by the clock of
   * `performance`.
   */
  async find(orderId: string, untilMs: number): Promise<boolean | undefined> {
    for (;;) {
      try {
        const order = await this.#call(
          async (client) => await client.order.get(orderId).ask.show(),
        );
        return order !== undefined && order !== null;
      } catch (error) {
        if (error instanceof CallError && error.status === NOT_FOUND) return false;
        if (performance.now() > untilMs) return undefined;
      }
      await delay(LOOK_AGAIN_MS);
    }
  }

  /** Calls the next address, and others while nobody listens there. */
  async #call<Reply>(call: (client: Client<ShopActors>) => Promise<Reply>): Promise<Reply> {
    this.#calls += 1;
    for (let attempt = 1; ; attempt += 1) {
      const client = this.#clients[(this.#calls + attempt) % this.#clients.length];
      try {
        return await call(client as Client<ShopActors>); // there is one at least
      } catch (error) {
        if (attempt >= this.#clients.length || !isRefused(error)) throw error;
      }
    }
  }

  /**
   * Connects to an order, on a socket of its own as the page of a customer does, and waits until it is delivered.
   *
   * Resolves with whether the customer was told of the delivery before `signal` was aborted. Never rejects.
   */
  async follow(orderId: string, signal: AbortSignal): Promise<boolean> {
    const url = this.#urls[this.#calls % this.#urls.length];
    const client = createClient<ShopActors>(url as string, OPTIONS); // there is one at least
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let isOver = false;
    signal.addEventListener("abort", () => resolve(false), { once: true });
    if (signal.aborted) resolve(false);
    const order = client.order.get(orderId).connect();
    order.on("delivered", () => resolve(true));
    // It may have been delivered before the connection was there, or while it was lost.
    order.onResync(async () => {
      while (!isOver) {
        try {
          if ((await order.ask.show())?.status === OrderStatus.Delivered) resolve(true);
          return;
        } catch {
          await delay(LOOK_AGAIN_MS); // the process that has the order was killed, for example
        }
      }
    });
    order.onStatus((status) => {
      if (status === "closed") resolve(false); // refused: there is no such order any more
    });
    const isDelivered = await promise;
    isOver = true;
    await client.$close();
    return isDelivered;
  }
}

/** Whether a call has reached nobody. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof CallError)) return false;
  return error.status === undefined && error.outcome === CallOutcome.NotHandled;
}

function inClientSpan<Result>(name: string, call: () => Promise<Result>): Promise<Result> {
  return withSpan(name, call, { kind: SpanKind.CLIENT });
}
