import { type Context, ServiceBroker, type ServiceSchema } from "moleculer";
import { arrive } from "../arrivals.ts";
import type { Subject } from "../subject.ts";

/** A service stands for an actor; a handle is its name. An ask is a call, a tell an event. */
export async function subject(): Promise<Subject<string>> {
  const starting = new Map<string, (name: string) => void>();
  const broker = new ServiceBroker({
    logger: false,
    middlewares: [
      {
        // The only notice of a registered service that comes without polling.
        async serviceStarted({ name }: { name: string }) {
          starting.get(name)?.(name);
          starting.delete(name);
        },
      },
    ],
  });
  await broker.start();
  let named = 0;
  return {
    spawn() {
      named += 1;
      const name = `counter-${named}`;
      return new Promise((started) => {
        starting.set(name, started);
        broker.createService(counterSchema(name));
      });
    },
    tell(to) {
      void broker.emit(`${to}.add`, { by: 1 });
    },
    ask: (to) => broker.call(`${to}.get`),
    serve(to, from) {
      void broker.emit(`${to}.play`, { self: to, peer: from });
    },
    stop: async (name) => {
      await broker.destroyService(name);
    },
    teardown: () => broker.stop(),
  };
}

function counterSchema(name: string): ServiceSchema {
  let count = 0;
  return {
    name,
    actions: { get: () => count },
    events: {
      [`${name}.add`](ctx: Context<{ by: number }>) {
        count += ctx.params.by;
        arrive();
      },
      [`${name}.play`](ctx: Context<{ self: string; peer: string }>) {
        count += 1;
        const { self, peer } = ctx.params;
        if (arrive()) void ctx.broker.emit(`${peer}.play`, { self: peer, peer: self });
      },
    },
  };
}
