import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor, queue } from "../../../src/index.ts";
import { passTimeUntil } from "../../_support/actor-system.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { openKeyed, WatchedStore } from "../../_support/keyed.ts";
import { outcomeOf } from "../../_support/outcome-of.ts";
import {
  MISBEHAVIORS,
  makeRogue,
  STORE_METHODS,
  type StoreMethod,
} from "../../_support/rogue-store.ts";

const thing = defineKeyedActor("thing", {
  messages: {} as {
    add(by: number): number;
    write(value: number): void;
    read(): unknown;
    list(): unknown;
    plan(): void;
    take(): void;
  },
  state: () => ({ total: 0 }),
  queues: { work: queue<number>() },
  idleMs: 500,
  expireAfterMs: 5_000,
  handlers: {
    add: (c, by) => (c.state.total += by),
    write: (c, value) => c.kv.put("value", value),
    read: (c) => c.kv.get("value"),
    list: (c) => c.kv.list(""),
    plan: (c) => void c.schedule.after(50).add(1),
    async take(c) {
      const message = await c.queue.work.next({ timeoutMs: 0 });
      message?.complete();
    },
  },
});

/** What an asker may get. The errors of reads by the actor's own code, of lists and of removals are those of the store. */
const CODED =
  /^(ok|ERR_(START_FAILED|SAVE_UNKNOWN|SAVE_FAILED|STATE_CONFLICT|ACTOR_STOPPED|REPLY_LOST|STORE_CORRUPT))$/;

/** Lives through everything with a store whose method misbehaves from its second call on, and then no more. */
async function play(method: StoreMethod, name: string): Promise<void> {
  const store = new WatchedStore();
  let [calls, isOver] = [0, false];
  makeRogue(store, method, MISBEHAVIORS[name] ?? (() => {}), () => !isOver && ++calls > 1);
  const open = openKeyed({ actors: [thing], shutdownDeadlineMs: 5_000 }, store);
  const { system, clock } = open;
  const ref = system.get(thing, "a");
  const settle = async (promise: Promise<unknown>): Promise<string> => {
    const outcome = outcomeOf(promise);
    await settleTurns();
    return passTimeUntil(clock, outcome);
  };
  const pass = async (): Promise<void> => {
    for (let step = 0; step < 4; step += 1) {
      await clock.advance(2_000);
      await settleTurns();
    }
  };

  const outcomes = [await settle(ref.ask.add(1)), await settle(ref.ask.write(1))];
  await Promise.all([ref.ask.read(), ref.ask.list(), system.keys(thing)].map(settle));
  outcomes.push(await settle(ref.ask.plan()), await settle(ref.queue.work.send(1)));
  outcomes.push(await settle(ref.ask.take()));
  ref.tell.add(1);
  outcomes.push(await settle(ref.sleep()), await settle(ref.ask.add(1)));
  await pass();
  await Promise.all([ref.destroy(), system.destroy(thing, "b")].map(settle));
  await pass();
  isOver = method !== "close";
  await pass();

  for (const outcome of outcomes) assert.match(outcome, CODED);
  assert.deepEqual([await settle(ref.ask.add(1)), await settle(ref.ask.add(1))], ["ok", "ok"]);
  await open[Symbol.asyncDispose]();
}

describe("a store whose method does not keep to its contract", () => {
  for (const method of STORE_METHODS) {
    for (const name of Object.keys(MISBEHAVIORS)) {
      it(`${method} ${name}: the error is reported, and the key heals`, () => play(method, name));
    }
  }
});
