import assert from "node:assert/strict";
import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import type {
  ActorAccess,
  KeyAddress,
  OutsideMessage,
  OutsideQueueMessage,
  Sending,
} from "../../src/activation/access/actor-access.ts";
import { withOrigin } from "../../src/activation/definition/caller.ts";
import { defineKeyedActor, type KeyedAddress, type KeyedRef, queue } from "../../src/index.ts";
import { settleTurns } from "./actor-waiting.ts";
import type { OpenKeyed } from "./keyed.ts";

/** A definition whose messages are sent by name. */
type Definition = KeyedAddress<never, KeyedRef<unknown>>;
type Known = KeyedAddress<never, KeyedRef<{ readonly who: (c: never) => unknown }>>;

export const steps: string[] = [];

export const witness: Known = defineKeyedActor("witness", {
  handlers: { who: (c) => [c.caller, c.requestId] },
});

export const desk: Known = defineKeyedActor("desk", {
  state: () => ({ orders: [] as string[] }),
  queues: { jobs: queue<string, number>({ maxBytes: 64, maxDepth: 2 }), idle: queue<string>() },
  mailbox: { limit: 3 },
  handlers: {
    place(c, ...items: string[]) {
      c.state.orders.push(...items);
      return c.state.orders.length;
    },
    orders: (c) => c.state.orders,
    who: (c) => [c.caller, c.requestId],
    relay: (c) => c.system.get(witness, "w").ask.who(),
    later(c) {
      const reply = c.delegateReply<Promise<string>>();
      c.spawnTask("later", () => reply.resolve(Promise.resolve("given later")));
      return reply;
    },
    async slow(c) {
      await new Promise<void>((resolve) => c.signal.addEventListener("abort", () => resolve()));
    },
    boom() {
      throw new RangeError("boom");
    },
    sleep: (c) => c.sleep(),
    destroy: (c) => c.destroy(),
  },
  async run(c) {
    for await (const message of c.queue.jobs) message.complete(message.body.length);
  },
});

export const noted: Definition = defineKeyedActor("noted", {
  save: "interval",
  handlers: {
    step(_c, name: string) {
      steps.push(`handled ${name}`);
      return name;
    },
  },
});

export const lamp: Definition = defineKeyedActor("lamp", {
  state: (input: { readonly watts: number }) => ({ ...input }),
  handlers: { watts: (c) => c.state.watts },
});

export const broken: Definition = defineKeyedActor("broken", {
  state: () => ({}),
  onWake() {
    throw new TypeError("no database");
  },
  handlers: { f() {} },
});

/** What a call was answered with. */
export interface Outcome {
  readonly reply?: unknown;
  readonly error?: unknown;
  readonly stored?: string | undefined;
}

/** A system of one test, and what reaches its actors. */
export interface Reached extends OpenKeyed {
  readonly access: ActorAccess;
}

export function sendingOf({ clock }: OpenKeyed, given: Partial<Sending> = {}): Sending {
  const deadlineMs = clock.monotonicMs() + 5_000;
  return { context: ROOT_CONTEXT, create: true, deadlineMs, ...given };
}

export const plainContext: Context = withOrigin(ROOT_CONTEXT, {
  requestId: "request-1",
  caller: { id: "alice" },
  connectionId: undefined,
});

/** Sends one message, and resolves with its only answer. */
export async function outcomeOf(
  open: OpenKeyed,
  address: KeyAddress,
  message: OutsideMessage | OutsideQueueMessage,
  given: Partial<Sending> = {},
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  let answers = 0;
  let id: string | undefined;
  const answer = {
    stored(given: string) {
      id = given;
    },
    reply(reply: unknown) {
      answers += 1;
      resolve({ reply, stored: id });
    },
    fail(error: unknown) {
      answers += 1;
      resolve({ error, stored: id });
    },
  };
  const sending = sendingOf(open, given);
  if ("queue" in message) address.send(message, sending, answer);
  else address.call(message, sending, answer);
  const outcome = await promise;
  await settleTurns();
  assert.equal(answers, 1, "more than one answer");
  return outcome;
}

export function ask(name: string, ...args: unknown[]): OutsideMessage {
  return { kind: "ask", name, args };
}

export async function codeOf(outcome: Promise<Outcome>): Promise<unknown> {
  return ((await outcome).error as { readonly code?: unknown } | undefined)?.code;
}
