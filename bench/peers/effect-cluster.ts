import { Effect, Layer, ManagedRuntime, Schema } from "effect";
import {
  Entity,
  MessageStorage,
  RunnerHealth,
  RunnerStorage,
  Runners,
  Sharding,
  ShardingConfig,
} from "effect/cluster";
import { Rpc } from "effect/rpc";
import { arrive } from "../arrivals.ts";
import type { Subject } from "../subject.ts";

const Counter = Entity.make("Counter", [
  Rpc.make("Add", { payload: { by: Schema.Number } }),
  Rpc.make("Get", { success: Schema.Number }),
  Rpc.make("Play", { payload: { self: Schema.String, peer: Schema.String } }),
]);

const counterLayer = Counter.toLayer(
  Effect.gen(function* () {
    const client = yield* Counter.client;
    let count = 0;
    return Counter.of({
      Add: ({ payload }) =>
        Effect.sync(() => {
          count += payload.by;
          arrive();
        }),
      Get: () => Effect.sync(() => count),
      Play: ({ payload: { self, peer } }) =>
        Effect.suspend(() => {
          count += 1;
          if (!arrive()) return Effect.void;
          return Effect.orDie(client(peer).Play({ self: peer, peer: self }, { discard: true }));
        }),
    });
  }),
);

/** What its TestRunner sets up, a cluster of one process, without the limits of its defaults. */
const clusterLayer = Sharding.layer.pipe(
  Layer.provideMerge(Runners.layerNoop),
  Layer.provideMerge(MessageStorage.layerMemory),
  Layer.provide([RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
  Layer.provide(
    ShardingConfig.layer({
      entityMailboxCapacity: "unbounded",
      maxResidentEntities: "unbounded",
    }),
  ),
);

/** Entities are addressed by id and come to life with their first message: spawning is asking. */
export async function subject(): Promise<Subject<string>> {
  const runtime = ManagedRuntime.make(counterLayer.pipe(Layer.provideMerge(clusterLayer)));
  const client = await runtime.runPromise(Counter.client);
  let named = 0;
  const run = <A>(effect: Effect.Effect<A, unknown>): Promise<A> => runtime.runPromise(effect);
  return {
    async spawn() {
      named += 1;
      const id = `counter-${named}`;
      await run(client(id).Get());
      return id;
    },
    tell(to) {
      void run(client(to).Add({ by: 1 }, { discard: true }));
    },
    tellEach: (ids, rounds) =>
      run(
        Effect.gen(function* () {
          for (let round = 0; round < rounds; round++) {
            for (const id of ids) yield* client(id).Add({ by: 1 }, { discard: true });
          }
        }),
      ),
    ask: (to) => run(client(to).Get()),
    askInTurn: (to, questions) =>
      run(
        Effect.gen(function* () {
          for (let asked = 0; asked < questions; asked++) yield* client(to).Get();
        }),
      ),
    serve(to, from) {
      void run(client(to).Play({ self: to, peer: from }, { discard: true }));
    },
    teardown: () => runtime.dispose(),
  };
}
