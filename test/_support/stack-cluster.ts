/**
 * Three nodes of a cluster in one process, of which one leaves and another one joins again and again, with calls of a fourth
 * one that runs no actors; runs until it is killed.
 */
import { setInterval } from "node:timers";
import { setTimeout as delay } from "node:timers/promises";
import { embedded } from "../../src/cluster.ts";
import { createSystem, defineKeyedActor } from "../../src/index.ts";
import { MemoryStore } from "../../src/store.ts";

const REPEAT_MS = 100;
const KEYS = 30;
/** Time of a node in the cluster. */
const STAY_MS = 6_000;

const busy = defineKeyedActor("busy", {
  messages: {} as { work(): number },
  state: () => ({ works: 0 }),
  vars: (_c, handed) => ({ isWarm: handed !== undefined }),
  onHandOver: (c) => c.vars,
  idleMs: 1_000,
  handlers: {
    work(c) {
      c.state.works += 1;
      return c.state.works;
    },
  },
});

const engine = embedded({ store: new MemoryStore() });

function join(name: string, client = false): ReturnType<typeof createSystem> {
  const cluster = { name, client, leaseTtlMs: 3_000 };
  return createSystem({ name, actors: [busy], engine, cluster });
}

join("first");
join("second");
const caller = join("caller", true);
let turn = 0;
setInterval(() => {
  turn += 1;
  const key = String(turn % KEYS);
  caller
    .get(busy, key)
    .ask.work()
    .catch(() => {}); // counted, whatever becomes of it
}, REPEAT_MS);

for (;;) {
  const guest = join("guest");
  await delay(STAY_MS);
  await guest.shutdown();
}
