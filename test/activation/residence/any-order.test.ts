import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { SystemOptions } from "../../../src/index.ts";
import { passTimeUntil } from "../../_support/actor-system.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { type OpenKeyed, openKeyed, WatchedStore } from "../../_support/keyed.ts";
import { outcomeOf } from "../../_support/outcome-of.ts";
import {
  RESTLESS_KEYS,
  type RestlessActor,
  type RestlessRef,
  restlessActor,
} from "../../_support/restless-actor.ts";

const CALLS = 120;
const SEEDS = 8;

/** Ways in which a system can be observed; none may change what it does. */
const OBSERVED: Readonly<Record<string, SystemOptions>> = {
  "with traces and metrics": {},
  "with unsampled traces": { tracing: { rootSampleRatio: 0 } },
  "without an SDK": { tracing: {}, metrics: false },
};

/** Pseudo-random numbers from 0 to below 1: the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed * 7_919;
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** A store whose answers take some turns of the event loop, and sometimes get lost. */
function slowStore(random: () => number): WatchedStore {
  const store = new WatchedStore();
  for (const name of ["load", "batch", "listKeys"] as const) {
    const call = (store[name] as (...args: unknown[]) => Promise<unknown>).bind(store);
    const value = async (...args: unknown[]): Promise<unknown> => {
      for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await nextTurn();
      const answer = await call(...args);
      if (name === "batch" && random() < 0.03) throw new Error("the answer was lost");
      return answer;
    };
    Object.defineProperty(store, name, { value });
  }
  return store;
}

/** One call that is made at random; `undefined` for one without a result. */
function call(
  { system, clock }: OpenKeyed,
  definition: RestlessActor,
  random: () => number,
): Promise<unknown> | undefined {
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item;
  const key = pick(RESTLESS_KEYS);
  const ref: RestlessRef = system.get(definition, key).with({ timeoutMs: 1_000 });
  const calls: readonly (() => Promise<unknown> | undefined)[] = [
    () => ref.ask.add(1),
    () => ref.ask.add(1),
    () => void ref.tell.add(1) as undefined,
    () => ref.sleep(),
    () => ref.destroy(),
    () => (random() < 0.4 ? (ref.kill() as undefined) : undefined),
    () => system.destroy(definition, key),
    () => ref.queue.work.send(1),
    () => ref.queue.work.ask(1),
    () => ref.ask.askOther(pick(RESTLESS_KEYS)),
    () => ref.ask[pick(["plan", "end", "remove", "wait", "work", "send"] as const)](),
    () => nextTurn(),
    () => clock.advance(pick([1, 10, 60])),
  ];
  return pick(calls)();
}

async function play(seed: number, observed: SystemOptions): Promise<void> {
  const random = randomOf(seed);
  const chance = (share: number): boolean => random() < share;
  const definition = restlessActor(chance, seed % 3 === 0 ? "interval" : "before_reply");
  const maxResident = [1, 2, 3, Number.POSITIVE_INFINITY][seed % 4] as number;
  const limits = { maxResident, maxWaitingKeys: seed % 2 === 0 ? 1 : 10 };
  const options = { ...observed, ...limits, actors: [definition], shutdownDeadlineMs: 20_000 };
  const open = openKeyed(options as SystemOptions, slowStore(random));
  const results: Promise<string>[] = [];
  for (let number = 0; number < CALLS; number += 1) {
    const made = call(open, definition, random);
    if (made !== undefined) results.push(outcomeOf(made));
    if (chance(0.1)) await nextTurn();
    if (chance(0.1)) await open.clock.advance(10);
  }

  for (const outcome of await passTimeUntil(open.clock, Promise.all(results))) {
    assert.match(outcome, /^(ok|ERR_[A-Z_]+|a failure of the scenario|the answer was lost)$/);
  }
  for (const key of RESTLESS_KEYS) {
    let outcome = "";
    for (let tries = 0; outcome !== "ok" && tries < 10; tries += 1) {
      await open.clock.advance(1_100); // longer than a failed start answers
      await settleTurns();
      outcome = await passTimeUntil(
        open.clock,
        outcomeOf(open.system.get(definition, key).ask.add(1)),
      );
    }
    assert.equal(outcome, "ok", `${key} is not usable any more`);
  }
  await open[Symbol.asyncDispose]();
}

describe("keys that are woken, ended, removed and sent to in any order", () => {
  for (const [name, observed] of Object.entries(OBSERVED)) {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      it(`settle every call and stay usable ${name}, seed ${seed}`, () => play(seed, observed));
    }
  }
});
