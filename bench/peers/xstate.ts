import { type ActorRefFrom, assign, createActor, fromTransition, setup } from "xstate";
import { arrive } from "../arrivals.ts";
import type { Subject } from "../subject.ts";

type Event =
  | { readonly type: "add"; readonly by: number }
  | { readonly type: "get"; readonly reply: (count: number) => void }
  | { readonly type: "play"; readonly self: Receiver; readonly peer: Receiver };

interface Receiver {
  send(event: Event): void;
}

type Counter = Receiver & { stop(): unknown };

/** The lean way: a reducer. */
export function transition(): Subject<Counter> {
  const counter = fromTransition(
    (state: { count: number }, event: Event) => {
      switch (event.type) {
        case "add":
          arrive();
          return { count: state.count + event.by };
        case "get":
          event.reply(state.count);
          return state;
        case "play":
          returnBall(event);
          return { count: state.count + 1 };
      }
    },
    { count: 0 },
  );
  return withActors(() => createActor(counter).start());
}

/** The usual way: a state machine, here with one state. */
export function machine(): Subject<Counter> {
  const counter = setup({
    types: { context: {} as { count: number }, events: {} as Event },
  }).createMachine({
    context: { count: 0 },
    initial: "counting",
    states: {
      counting: {
        on: {
          add: {
            actions: assign(({ context, event }) => {
              arrive();
              return { count: context.count + event.by };
            }),
          },
          get: { actions: ({ context, event }) => event.reply(context.count) },
          play: {
            actions: [
              assign(({ context }) => ({ count: context.count + 1 })),
              ({ event }) => returnBall(event),
            ],
          },
        },
      },
    },
  });
  return withActors((): ActorRefFrom<typeof counter> => createActor(counter).start());
}

function returnBall({ self, peer }: Extract<Event, { type: "play" }>): void {
  if (arrive()) peer.send({ type: "play", self: peer, peer: self });
}

function withActors(spawn: () => Counter): Subject<Counter> {
  return {
    spawn,
    tell: (to) => to.send({ type: "add", by: 1 }),
    ask: (to) => new Promise((reply) => to.send({ type: "get", reply })),
    serve: (to, from) => to.send({ type: "play", self: to, peer: from }),
    stop(actor) {
      actor.stop();
    },
  };
}
