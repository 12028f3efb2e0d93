import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ClientOptions, createClient } from "../../src/client.ts";
import type { Exposed } from "../../src/gateway.ts";
import type { Facets, QueueDefinition } from "../../src/index.ts";
import { rejection } from "../_support/client-world.ts";
import { openKit } from "../_support/gateway-kit.ts";
import { until } from "../_support/telemetry-until.ts";

interface CartMessages {
  add(c: never, item: string, quantity: number): unknown;
  nothing(c: never): void;
}
type Cart = Facets<
  CartMessages,
  { readonly orders: QueueDefinition<{ item: string }, number> },
  unknown,
  undefined,
  { readonly size: number }
>;

/** A client of a gateway as it is, whose calls are answered by a function of the test. */
const cartOf = (url: string, options?: ClientOptions) =>
  createClient<readonly [Exposed<"cart", Cart>]>(url, options).cart;

describe("the client and a gateway", () => {
  it("agree on keys, arguments, input, queues and what a reply is", async () => {
    await using kit = await openKit({
      answer: ({ kind, name, args, input, waits }, answer) => {
        if (kind === "send") answer.reply(waits ? "5" : '"07"');
        else answer.reply(name === "nothing" ? undefined : JSON.stringify([args, input]));
      },
    });
    const cart = cartOf(kit.url);

    for (const key of [["a,b", "/", "é ~%2C"], ["."], [".."], ["__proto__"], ["\u0000"]]) {
      await cart.get(key).tell.nothing();
      assert.deepEqual(kit.calls.at(-1)?.key, key);
      assert.equal(kit.calls.at(-1)?.kind, "tell");
    }
    const alice = cart.get("alice", { input: { size: 3 } });
    assert.deepEqual(await alice.ask.add("lamp", 2), [["lamp", 2], { size: 3 }]);
    assert.equal(await cart.get("alice").ask.nothing(), undefined);
    assert.equal(await alice.queue.orders.send({ item: "a" }), "07");
    assert.equal(await alice.queue.orders.ask({ item: "a" }), 5);
  });

  it("agree on errors, and on what is repeated", async () => {
    const empty = {
      status: 422,
      code: "EMPTY",
      message: "no",
      outcome: "failed",
      data: [1],
    } as const;
    const full = {
      ...empty,
      code: "ERR_MAILBOX_FULL",
      outcome: "not_handled",
      retryAfterMs: 1,
    } as const;
    await using kit = await openKit({
      answer({ name }, answer) {
        if (name === "add") answer.fail(empty);
        else if (kit.calls.length === 1) answer.fail(full);
        else answer.reply(undefined);
      },
    });
    const cart = cartOf(kit.url);

    await cart.get("a").ask.nothing();
    assert.equal(kit.calls.length, 2);
    const error = await rejection(cart.get("a").ask.add("lamp", 2));

    assert.deepEqual([error.code, error.outcome, error.status], ["EMPTY", "failed", 422]);
    assert.deepEqual([error.message, error.data], ["no", [1]]);
    assert.equal(error.requestId, kit.calls.at(-1)?.requestId);
    const audit = cart.get("a").ask as never as { audit(): Promise<void> };
    assert.equal((await rejection(audit.audit())).code, "ERR_NOT_FOUND");
  });

  it("agree on the time that a call has, and on its end", async () => {
    await using kit = await openKit({
      answer({ signal }, answer) {
        signal.addEventListener("abort", () => answer.reply(undefined));
      },
    });
    const cart = cartOf(kit.url);
    const controller = new AbortController();

    const call = rejection(cart.get("a").with({ signal: controller.signal }).ask.nothing());
    await until(() => kit.calls.length === 1, "the call");
    controller.abort();

    assert.equal((await call).code, "ERR_ABORTED");
    await until(() => kit.calls[0]?.signal.aborted === true, "the end of the request");
    const endless = cart.get("a").with({ timeoutMs: Number.POSITIVE_INFINITY });
    const waiting = rejection(endless.with({ signal: AbortSignal.timeout(50) }).ask.nothing());
    assert.equal((await waiting).code, "ERR_ABORTED");
  });

  it("agree on tokens", async () => {
    const token = "token-with-16-characters";
    await using kit = await openKit({ gateway: { auth: { [token]: { id: "alice" } } } });

    await cartOf(kit.url, { token }).get("a").ask.nothing();
    assert.equal(kit.calls.at(-1)?.caller?.id, "alice");
    const error = await rejection(cartOf(kit.url).get("a").ask.nothing());
    assert.deepEqual([error.code, error.status], ["ERR_TOKEN", 401]);
  });
});
