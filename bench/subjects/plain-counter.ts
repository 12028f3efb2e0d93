import { arrive } from "../arrivals.ts";
import type { PlainActor } from "./plain-actor.ts";

/** The counter that all plain subjects run; `Envelope` is what a variant's queue holds. */
export type PlainCounter<Envelope> = PlainActor<CounterState, Envelope>;

export interface CounterState {
  count: number;
}

export type CounterMessage<Actor> =
  | { readonly kind: "add"; readonly by: number }
  | { readonly kind: "get"; readonly reply: (count: number) => void }
  | { readonly kind: "play"; readonly self: Actor; readonly peer: Actor }
  | { readonly kind: "stop"; readonly stopped: () => void };

export type CounterHandler<Actor> = (state: CounterState, message: CounterMessage<Actor>) => void;

/** Makes the handler of one variant; `send` is how that variant sends. */
export function counterHandler<Actor>(
  send: (to: Actor, message: CounterMessage<Actor>) => void,
): CounterHandler<Actor> {
  return (state, message) => {
    switch (message.kind) {
      case "add":
        state.count += message.by;
        arrive();
        return;
      case "get":
        message.reply(state.count);
        return;
      case "play":
        state.count += 1;
        if (arrive()) send(message.peer, { kind: "play", self: message.peer, peer: message.self });
        return;
      case "stop":
        message.stopped();
    }
  };
}
