import { createTopic, type DelegatedReply } from "../../src/index.ts";
import { forever } from "./actor-waiting.ts";
import { boom, hookSite, listen, messageSite, type Site, SUBJECT } from "./ends-sites.ts";
import type { Hooks, Part, Run, World } from "./ends-world.ts";

const ALL: readonly Part[] = ["parent", "elder", "subject", "younger", "child", "stranger"];
const idle: Run = () => {};

/** Tells an actor that has ended. */
async function tellTheDead(world: World): Promise<void> {
  if (world.shuttingDown) return;
  const dead = world.system.spawn(world.define("dead"));
  world.adopt(dead);
  dead.kill();
  dead.tell.ping();
}

/** A site whose callback is set up outside of the actors before `trigger`. */
function outerSite(
  name: string,
  setUp: (world: World) => unknown,
  trigger: (world: World) => unknown,
  options: { readonly throwable?: boolean; readonly ends?: readonly Part[] } = {},
): Site {
  const prepared = async (world: World): Promise<void> => {
    setUp(world);
    await trigger(world);
  };
  return messageSite(name, () => idle, prepared, options);
}

function queueFor(world: World, end: () => void): void {
  const subject = world.part("subject");
  subject?.tell.run(end);
  for (let message = 0; message < 3; message += 1) {
    subject?.tell.ping();
    world.track(subject?.ask.ping());
  }
}

const letters: readonly Site[] = [
  outerSite(
    "dead-letter listener",
    ({ system, act }) => system.deadLetters.subscribe(act),
    tellTheDead,
  ),
  outerSite(
    "dead-letter listener while queued messages are dismissed by a kill",
    ({ system, act }) => system.deadLetters.subscribe(act),
    (world) => queueFor(world, () => world.part("subject")?.kill()),
    { ends: SUBJECT },
  ),
  messageSite(
    "dead-letter listener while queued messages are dismissed by c.stop",
    (world) => (c) => {
      world.system.deadLetters.subscribe(world.act);
      queueFor(world, () => c.stop());
    },
    undefined,
    { ends: SUBJECT },
  ),
  outerSite(
    "dead-letter listener while parked senders are dismissed",
    ({ system, act }) => system.deadLetters.subscribe(act),
    async (world) => {
      const narrow = world.define("narrow", { mailbox: { limit: 1, whenFull: "wait" as never } });
      const ref = world.system.spawn(narrow);
      world.adopt(ref);
      ref.tell.run(forever);
      await world.clock.advance(1);
      for (let message = 0; message < 3; message += 1) {
        world.track(ref.ask.ping());
        world.track(Promise.resolve(ref.tell.ping() as unknown));
      }
      ref.kill();
    },
  ),
];

const EVENTS = [
  "actor.started",
  "actor.stopped",
  "actor.failed",
  "actor.restarted",
  "actor.dead_letter",
] as const;

/** Provokes every one of {@link EVENTS}. */
async function provoke(world: World): Promise<void> {
  await world.spawnUnder("stranger", "younger");
  world.part("subject")?.tell.run(boom);
  await world.clock.advance(1);
  await tellTheDead(world);
}

const logs: readonly Site[] = EVENTS.map((event) => ({
  ...outerSite(
    `log stream at ${event}`,
    (world) => {
      world.onLine = (line) => {
        if (line.includes(event)) world.act();
      };
    },
    provoke,
    { ends: ["child", "subject", "younger"] },
  ),
  logged: true,
}));

const monitor: readonly Site[] = [
  outerSite(
    "monitor listener to stuck",
    ({ system, act }) => system.monitor.on("stuck", act),
    (world) => world.part("stranger")?.tell.run(forever),
    { ends: ["stranger"] },
  ),
  outerSite(
    "monitor listener to deadlock",
    ({ system, act }) => system.monitor.on("deadlock", act),
    (world) => {
      const askEach = (first: Part, second: Part): void => {
        const patient = world.part(second)?.with({ timeoutMs: 1_000 });
        world.part(first)?.tell.run(() => patient?.ask.ping());
      };
      askEach("subject", "elder");
      askEach("elder", "subject");
    },
    { ends: [...SUBJECT, "elder"] },
  ),
];

const topics: readonly Site[] = [
  outerSite(
    "filter of a subscription",
    () => {},
    (world) => {
      const topic = createTopic<number>("news");
      const filter = (): boolean => {
        world.act();
        return true;
      };
      for (const part of ALL) {
        const ref = world.part(part);
        if (ref !== undefined) topic.subscribe(ref, "item" as never, { filter });
      }
      topic.publish(1);
      topic.publish(2);
    },
  ),
  messageSite("publish within a filter", (world) => () => {
    const topic = createTopic<number>("news");
    const filter = (message: number): boolean => {
      if (message === 1) topic.publish(2);
      else world.act();
      return true;
    };
    for (const part of ALL) {
      const ref = world.part(part);
      if (ref !== undefined) topic.subscribe(ref, "item" as never, { filter });
    }
    topic.publish(1);
  }),
  hookSite(
    "handler of a published message",
    ({ act }): Hooks => ({ handlers: { item: act } }),
    (world) => {
      const topic = createTopic<number>("news");
      const ref = world.part("subject");
      if (ref !== undefined) topic.subscribe(ref, "item" as never);
      topic.publish(1);
    },
  ),
];

const replies: readonly Site[] = [
  messageSite(
    "then of an ask whose reply was delegated",
    () => idle,
    async (world) => {
      let reply: DelegatedReply<unknown> | undefined;
      const asked = world.part("subject")?.ask.run((c) => {
        reply = c.delegateReply();
        return reply;
      });
      world.track(asked?.then(world.act));
      await world.clock.advance(1);
      reply?.resolve(1);
    },
    { throwable: false },
  ),
  messageSite(
    "catch of an ask whose reply was delegated, by a kill",
    () => idle,
    async (world) => {
      const asked = world.part("subject")?.ask.run((c) => c.delegateReply());
      world.track(asked?.catch(world.act));
      await world.clock.advance(1);
      world.part("subject")?.kill();
    },
    { throwable: false, ends: SUBJECT },
  ),
  messageSite(
    "then getter of a delegated reply",
    () => idle,
    async (world) => {
      let reply: DelegatedReply<unknown> | undefined;
      world.track(
        world.part("subject")?.ask.run((c) => {
          reply = c.delegateReply();
          return reply;
        }),
      );
      await world.clock.advance(1);
      reply?.resolve({
        // biome-ignore lint/suspicious/noThenProperty: the runtime reads the `then` of any reply
        get then() {
          world.act();
          return undefined;
        },
      });
    },
  ),
  messageSite(
    "then of whenStopped",
    () => idle,
    (world) => {
      world.track(world.part("elder")?.whenStopped().then(world.act));
      world.part("elder")?.kill();
    },
    { throwable: false, ends: ["elder"] },
  ),
  messageSite(
    "abort listener of a caller's signal before that of the ask",
    () => idle,
    async (world) => {
      const controller = new AbortController();
      listen(controller.signal, world);
      for (const part of ["subject", "elder"] as const) {
        world.track(world.part(part)?.with({ signal: controller.signal }).ask.run(forever));
      }
      await world.clock.advance(1);
      controller.abort();
    },
    { throwable: false, ends: [...SUBJECT, "elder"] },
  ),
];

const timers: readonly Site[] = [
  messageSite(
    "callback of the clock",
    () => idle,
    (world) => world.clock.schedule(world.act, 1),
    { throwable: false },
  ),
];

/** Callbacks of parts outside of the actors: listeners, streams, topics, promises. */
export const OUTER_SITES: readonly Site[] = [
  ...letters,
  ...logs,
  ...monitor,
  ...topics,
  ...replies,
  ...timers,
];
