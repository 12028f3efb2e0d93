/** An application in which everything goes wrong that alerts are about; runs until it is killed. */
import { setInterval } from "node:timers";
import { setTimeout as delay } from "node:timers/promises";
import { playScenario } from "../../src/demo/scenario.ts";
import { DemoScenario } from "../../src/demo/scenario-names.ts";
import { type ActorContext, createSystem, defineActor } from "../../src/index.ts";

type Idle = ActorContext<undefined>;

const full = defineActor("full", {
  mailbox: { limit: 10 },
  handlers: { take: (c: Idle) => delay(600_000, undefined, { signal: c.signal }) },
});
const crasher = defineActor("crasher", {
  restart: { maxRestarts: 1_000, windowMs: 1_000 },
  handlers: {
    crash(_c: Idle) {
      throw new Error("again");
    },
  },
});
const gone = defineActor("gone", { handlers: { read: (_c: Idle) => {} } });

const system = createSystem({ name: "faults" });
playScenario(system, DemoScenario.Deadlock);
playScenario(system, DemoScenario.Stuck);
const jam = system.spawn(full);
for (let message = 0; message < 10; message += 1) jam.tell.take();
const reborn = system.spawn(crasher);
setInterval(() => reborn.tell.crash(), 200);
const late = system.spawn(gone);
await late.stop();
late.tell.read();
