/** An application in which everything goes wrong that alerts and panels are about; runs until it is killed. */
import { setInterval } from "node:timers";
import { setTimeout as delay } from "node:timers/promises";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { playScenario } from "../../src/demo/scenario.ts";
import { DemoScenario } from "../../src/demo/scenario-names.ts";
import {
  type ActorContext,
  createSystem,
  defineActor,
  defineKeyedActor,
  queue,
} from "../../src/index.ts";
import { faultyStore } from "./stack-faulty-store.ts";
import { misbehave, openRooms } from "./stack-rooms.ts";

type Idle = ActorContext<undefined>;

const REPEAT_MS = 200;

const full = defineActor("full", {
  mailbox: { limit: 10 },
  handlers: { take: (c: Idle) => delay(600_000, undefined, { signal: c.signal }) },
});
const restart = { maxRestarts: 10_000, windowMs: 1_000 };
const crash = (_c: Idle): never => {
  throw new Error("again");
};
const crasher = defineActor("crasher", { restart, handlers: { crash } });
const backoff = { initialMs: 2_000, factor: 1, maxMs: 2_000, jitter: 0 };
const patient = defineActor("patient", {
  restart: { ...restart, backoff },
  handlers: { crash },
});
const mortal = defineActor("mortal", { restart: { policy: "never" }, handlers: { crash } });
const refusing = defineActor("refusing", {
  onFailure: () => "resume",
  handlers: {
    crash,
    begin(c: Idle) {
      c.spawnTask("doomed", () => Promise.reject(new Error("no such thing")));
    },
  },
});
const gone = defineActor("gone", { handlers: { read: (_c: Idle) => {} } });

/** Its end takes longer than it may. */
const napper = defineKeyedActor("napper", {
  idleMs: 10,
  stopDeadlineMs: 500,
  handlers: { nap() {} },
  onSleep: () => new Promise<void>(() => {}),
});

/** Nothing of it can be stored; without a pause, it would try again and again. */
const forgetful = defineKeyedActor("forgetful", {
  state: () => ({ kept: 0 }),
  restart: { ...restart, backoff },
  handlers: {
    keep(c) {
      c.state.kept += 1;
      return c.state.kept;
    },
  },
});

/** The store takes long for it. */
const sluggish = defineKeyedActor("sluggish", {
  state: () => ({ kept: 0 }),
  handlers: {
    keep(c) {
      c.state.kept += 1;
      return c.state.kept;
    },
  },
});

/** Each of its messages is set aside at the first attempt. */
const poisoned = defineKeyedActor("poisoned", {
  queues: { work: queue<string>({ maxAttempts: 1 }) },
  handlers: { ping() {} },
  async run(c) {
    for await (const message of c.queue.work) message.retry({ error: new Error(message.body) });
  },
});

const system = createSystem({ name: "faults", store: faultyStore(), slowSaveMs: 200 });
playScenario(system, DemoScenario.Deadlock);
playScenario(system, DemoScenario.Stuck);
const jam = system.spawn(full);
const restarting = [system.spawn(crasher), system.spawn(patient)];
const desk = system.spawn(refusing);
const late = system.spawn(gone);
await late.stop();
const jobs = system.get(poisoned, "a");
const gateway = await openRooms(system);
let naps = 0;
const tracer = trace.getTracer("faults");

function failRequest(): void {
  const startTime = Date.now() - 1_000;
  const span = tracer.startSpan("GET /fault", { kind: SpanKind.SERVER, startTime });
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Refused as soon as the mailbox is full. */
function fill(): void {
  try {
    jam.tell.take();
  } catch {}
}

setInterval(() => {
  fill();
  for (const each of restarting) each.tell.crash();
  system.spawn(mortal).tell.crash();
  desk.ask.crash().catch(() => {});
  desk.tell.begin();
  late.tell.read();
  naps += 1;
  system.get(napper, String(naps)).tell.nap();
  for (const type of [forgetful, sluggish]) {
    system
      .get(type, "a")
      .ask.keep()
      .catch(() => {});
  }
  jobs.queue.work.send("bad").catch(() => {});
  failRequest();
  misbehave(gateway).catch(() => {});
}, REPEAT_MS);
