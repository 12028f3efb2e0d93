import type { Subject } from "../subject.ts";
import { PlainActor } from "./plain-actor.ts";
import {
  type CounterHandler,
  type CounterMessage,
  type CounterState,
  counterHandler,
  type PlainCounter,
} from "./plain-counter.ts";

/** What a variant adds to the plain mailbox: around sending, around handling, around asking. */
export interface PlainVariant<Envelope> {
  /** Turns a message into what the queue holds, at the sender. */
  enclose(message: CounterMessage<PlainCounter<Envelope>>): Envelope;
  /** Calls `handle` with the state and the message that was enclosed. */
  open(
    state: CounterState,
    envelope: Envelope,
    handle: CounterHandler<PlainCounter<Envelope>>,
  ): void;
  /** Calls `ask`, at the sender. */
  asking?(ask: () => Promise<number>): Promise<number>;
}

/** An actor whose messages are their own envelopes. */
export interface BareCounter extends PlainCounter<BareMessage> {}
export type BareMessage = CounterMessage<BareCounter>;

/** The reference: nothing added. */
export function plain(): Subject<BareCounter> {
  return plainWith<BareMessage>({
    enclose: (message) => message,
    open: (state, message, handle) => handle(state, message),
  });
}

export function plainWith<Envelope>(
  variant: PlainVariant<Envelope>,
): Subject<PlainCounter<Envelope>> {
  const send = (
    to: PlainCounter<Envelope>,
    message: CounterMessage<PlainCounter<Envelope>>,
  ): void => to.send(variant.enclose(message));
  const handle = counterHandler(send);
  const receive = (state: CounterState, envelope: Envelope): void =>
    variant.open(state, envelope, handle);
  const ask = (to: PlainCounter<Envelope>): Promise<number> =>
    new Promise((reply) => send(to, { kind: "get", reply }));
  const { asking } = variant;
  return {
    spawn: () => new PlainActor<CounterState, Envelope>({ count: 0 }, receive),
    tell: (to) => send(to, { kind: "add", by: 1 }),
    ask: asking === undefined ? ask : (to) => asking(() => ask(to)),
    serve: (to, from) => send(to, { kind: "play", self: to, peer: from }),
    stop: (actor) => new Promise((stopped) => send(actor, { kind: "stop", stopped })),
  };
}
