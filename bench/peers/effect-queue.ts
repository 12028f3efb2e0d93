import { Deferred, Effect, Fiber, Queue } from "effect";
import { arrive } from "../arrivals.ts";
import type { Subject } from "../subject.ts";

type Message =
  | { readonly kind: "add"; readonly by: number }
  | { readonly kind: "get"; readonly reply: Deferred.Deferred<number> }
  | { readonly kind: "play"; readonly self: Counter; readonly peer: Counter };

interface Counter {
  readonly queue: Queue.Queue<Message>;
  readonly fiber: Fiber.Fiber<never>;
}

interface State {
  count: number;
}

/** An actor as Effect's users build one: a fiber that takes from a queue, senders that offer. */
export function queueAndFiber(): Subject<Counter> {
  const loop = (queue: Queue.Queue<Message>): Effect.Effect<never> =>
    Effect.gen(function* () {
      const state = { count: 0 };
      // Not Effect.forever: it yields to the macrotask queue after each message.
      for (;;) {
        const message = yield* Queue.take(queue);
        switch (message.kind) {
          case "add":
            add(state, message.by);
            break;
          case "get":
            yield* Deferred.succeed(message.reply, state.count);
            break;
          case "play": {
            const { self, peer } = message;
            const played = { kind: "play", self: peer, peer: self } as const;
            if (add(state, 1)) yield* Queue.offer(peer.queue, played);
          }
        }
      }
    });
  const ask = ({ queue }: Counter): Effect.Effect<number> =>
    Effect.gen(function* () {
      const reply = yield* Deferred.make<number>();
      yield* Queue.offer(queue, { kind: "get", reply });
      return yield* Deferred.await(reply);
    });
  return {
    ...counters(loop),
    tellEach: (handles, rounds) =>
      Effect.runPromise(
        Effect.gen(function* () {
          for (let round = 0; round < rounds; round++) {
            for (const { queue } of handles) yield* Queue.offer(queue, { kind: "add", by: 1 });
          }
        }),
      ),
    ask: (to) => Effect.runPromise(ask(to)),
    askInTurn: (to, questions) =>
      Effect.runPromise(
        Effect.gen(function* () {
          for (let asked = 0; asked < questions; asked++) yield* ask(to);
        }),
      ),
  };
}

/** The fastest that Effect's public parts allow: plain calls to send, a whole batch at a time. */
export function unsafeAndBatched(): Subject<Counter> {
  const receive = (state: State, message: Message): void => {
    switch (message.kind) {
      case "add":
        add(state, message.by);
        return;
      case "get":
        Deferred.doneUnsafe(message.reply, Effect.succeed(state.count));
        return;
      case "play": {
        const { self, peer } = message;
        if (add(state, 1)) Queue.offerUnsafe(peer.queue, { kind: "play", self: peer, peer: self });
      }
    }
  };
  const loop = (queue: Queue.Queue<Message>): Effect.Effect<never> =>
    Effect.gen(function* () {
      const state = { count: 0 };
      for (;;) for (const message of yield* Queue.takeAll(queue)) receive(state, message);
    });
  return {
    ...counters(loop),
    ask({ queue }) {
      const reply = Deferred.makeUnsafe<number>();
      Queue.offerUnsafe(queue, { kind: "get", reply });
      return Effect.runPromise(Deferred.await(reply));
    },
  };
}

function counters(loop: (queue: Queue.Queue<Message>) => Effect.Effect<never>) {
  return {
    spawn(): Counter {
      const queue = Effect.runSync(Queue.unbounded<Message>());
      return { queue, fiber: Effect.runFork(loop(queue)) };
    },
    tell({ queue }: Counter): void {
      Queue.offerUnsafe(queue, { kind: "add", by: 1 });
    },
    serve(to: Counter, from: Counter): void {
      Queue.offerUnsafe(to.queue, { kind: "play", self: to, peer: from });
    },
    stop: ({ fiber }: Counter): Promise<void> => Effect.runPromise(Fiber.interrupt(fiber)),
  };
}

function add(state: State, by: number): boolean {
  state.count += by;
  return arrive();
}
