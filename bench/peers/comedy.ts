import { type Actor, type ActorRef, createSystem } from "comedy";
import { arrive } from "../arrivals.ts";
import type { Subject } from "../subject.ts";

export async function subject(): Promise<Subject<ActorRef>> {
  // `test` silences its log, which reports every child at debug level otherwise.
  const system = createSystem({ test: true });
  const root: Actor = await system.rootActor();
  return {
    mostActors: 2_000,
    spawn: async () => root.createChild(counter()),
    tell(to) {
      void to.send("add", 1);
    },
    ask: async (to) => to.sendAndReceive("get"),
    serve(to, from) {
      void to.send("play", to, from);
    },
    stop: async (actor) => actor.destroy(),
  };
}

function counter(): object {
  let count = 0;
  return {
    add(by: number) {
      count += by;
      arrive();
    },
    get: () => count,
    play(self: ActorRef, peer: ActorRef) {
      count += 1;
      if (arrive()) void peer.send("play", peer, self);
    },
  };
}
