import { nameProxy } from "./name-proxy.ts";
import type { CallSettings } from "./repeated-call.ts";

/** What a call sends. */
export const Sends = {
  /** A message whose reply is awaited. */
  Ask: "ask",
  /** A message without a reply. */
  Tell: "tell",
  /** A message of a queue, until it is stored. */
  Queued: "queue",
  /** A message of a queue, until it is completed. */
  QueuedAsk: "queue_ask",
} as const;
export type Sends = (typeof Sends)[keyof typeof Sends];

/** One call. */
export interface CallRequest {
  readonly sends: Sends;
  /** Of the message or the queue. */
  readonly name: string;
  /** Its arguments, or the body of the queue's message. */
  readonly value: unknown;
  readonly settings: CallSettings;
}

/** Carries calls to one actor. */
export interface Sender {
  call(request: CallRequest): Promise<unknown>;
}

type Call = (...args: unknown[]) => Promise<unknown>;

/** `ask`, `tell` and `queue` of handles and connections. */
export interface AnySends {
  readonly ask: Readonly<Record<string, Call>>;
  readonly tell: Readonly<Record<string, Call>>;
  readonly queue: Readonly<Record<string, { readonly send: Call; readonly ask: Call }>>;
}

/** Returns `ask`, `tell` and `queue`, with a function for every name. */
export function sendsOf(sender: Sender, settings: CallSettings): AnySends {
  // Not by an async function: a reply must not arrive later than the events after it.
  const call = (sends: Sends, name: string, value: unknown): Promise<unknown> => {
    try {
      return sender.call({ sends, name, value, settings });
    } catch (error) {
      return Promise.reject(error);
    }
  };
  const calls = (sends: Sends): AnySends["ask"] =>
    nameProxy(
      (name) =>
        (...args) =>
          call(sends, name, withoutTail(args)),
    );
  return {
    ask: calls(Sends.Ask),
    tell: calls(Sends.Tell),
    queue: nameProxy((name) => ({
      send: (value) => call(Sends.Queued, name, value),
      ask: (value) => call(Sends.QueuedAsk, name, value),
    })),
  };
}

/** Without arguments at the end that are `undefined`: JSON would make them `null`. */
function withoutTail(args: readonly unknown[]): readonly unknown[] {
  let { length } = args;
  while (length > 0 && args[length - 1] === undefined) length -= 1;
  return args.slice(0, length);
}
