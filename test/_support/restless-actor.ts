import { setImmediate as nextTurn } from "node:timers/promises";
import {
  defineKeyedActor,
  type KeyedAddress,
  type KeyedContext,
  type NoEvents,
  type QueueDefinition,
  queue,
} from "../../src/index.ts";
import { outcomeOf } from "./outcome-of.ts";

type Queues = { readonly work: QueueDefinition<number, number> };

/** Messages of {@link restlessActor}. */
type RestlessMessages = {
  add(by: number): Promise<number>;
  askOther(key: string): Promise<unknown>;
  plan(): void;
  end(): void;
  remove(): void;
  wait(): void;
  work(): void;
  send(): Promise<string>;
};

type Context = KeyedContext<{ total: number }, unknown, Queues, NoEvents, void, RestlessMessages>;
export type RestlessRef = Context["self"];
export type RestlessActor = KeyedAddress<undefined, RestlessRef>;

export const RESTLESS_KEYS: readonly string[] = ["a", "b", "c", "d"];

/** Defines an actor whose hooks and handlers take turns, fail, end it, and send, as `chance` says. */
export function restlessActor(
  chance: (share: number) => boolean,
  save: "before_reply" | "interval",
): RestlessActor {
  const fail = (share: number): void => {
    if (chance(share)) throw new Error("a failure of the scenario");
  };
  const turn = async (): Promise<void> => {
    if (chance(0.2)) await nextTurn();
  };
  const plan = (c: Pick<Context, "schedule">): void => {
    if (chance(0.05)) c.schedule.after(5).add(1);
  };
  const askOther = (c: Pick<Context, "system">, key: string): Promise<unknown> => {
    const other = c.system.get(definition, key);
    return outcomeOf(other.with({ timeoutMs: 100 }).ask.add(1));
  };
  const definition = defineKeyedActor("restless", {
    ...{ save, saveIntervalMs: 1, idleMs: 50, stopDeadlineMs: 2_000, taskDeadlineMs: 100 },
    messages: {} as RestlessMessages,
    state: () => ({ total: 0 }),
    queues: { work: queue<number, number>({ maxDepth: 5 }) },
    vars(c) {
      fail(0.05);
      plan(c);
    },
    async onWake(c) {
      await turn();
      fail(0.05);
      plan(c);
    },
    async onSleep(c) {
      await turn();
      plan(c);
      fail(0.05);
      if (chance(0.05)) c.destroy();
      if (chance(0.05)) c.self.tell.add(1);
      if (chance(0.05)) await askOther(c, "a");
      c.state.total += 1;
    },
    async onDestroy(c) {
      await turn();
      plan(c);
      if (chance(0.05)) c.self.tell.add(1);
    },
    async run(c) {
      for await (const message of c.queue.work) {
        fail(0.1);
        if (chance(0.2)) message.retry({ delayMs: 5 });
        else message.complete(1);
      }
    },
    handlers: {
      async add(c, by) {
        await turn();
        c.state.total += by;
        fail(0.05);
        return c.state.total;
      },
      askOther,
      plan: (c) => void c.schedule.after(chance(0.5) ? 0 : 100).add(1),
      end: (c) => c.sleep(),
      remove: (c) => c.destroy(),
      wait: (c) => c.waitUntil(nextTurn()),
      work: (c) => void c.spawnTask("work", () => outcomeOf(c.self.ask.add(1))),
      send: (c) => c.queue.work.send(1),
    },
  }) as unknown as RestlessActor;
  return definition;
}
