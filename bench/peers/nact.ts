import { dispatch, query, type Ref, spawn, start, stop } from "nact";
import { arrive } from "../arrivals.ts";
import type { Subject } from "../subject.ts";

type Message =
  | { readonly kind: "add"; readonly by: number }
  | { readonly kind: "get"; readonly sender: Ref<number> }
  | { readonly kind: "play"; readonly self: Ref<Message>; readonly peer: Ref<Message> };

interface Counter {
  readonly ref: Ref<Message>;
  readonly stopped: Promise<void>;
}

export function subject(): Subject<Counter> {
  const system = start();
  // nact's own names are 31 random bits and throw when two are equal.
  let named = 0;
  return {
    spawn() {
      named += 1;
      let markStopped: () => void = () => undefined;
      const stopped = new Promise<void>((resolve) => {
        markStopped = resolve;
      });
      const properties = { initialState: { count: 0 }, afterStop: () => markStopped() };
      return { ref: spawn(system, receive, `counter-${named}`, properties), stopped };
    },
    tell: ({ ref }) => dispatch(ref, { kind: "add", by: 1 }),
    ask: ({ ref }) => query(ref, (sender: Ref<number>) => ({ kind: "get", sender }), 5_000),
    serve: (to, from) => dispatch(to.ref, { kind: "play", self: to.ref, peer: from.ref }),
    stop({ ref, stopped }) {
      stop(ref);
      return stopped;
    },
  };
}

function receive(state: { count: number }, message: Message): { count: number } {
  switch (message.kind) {
    case "add":
      state.count += message.by;
      arrive();
      break;
    case "get":
      dispatch(message.sender, state.count);
      break;
    case "play":
      state.count += 1;
      if (arrive()) {
        dispatch(message.peer, { kind: "play", self: message.peer, peer: message.self });
      }
  }
  return state;
}
