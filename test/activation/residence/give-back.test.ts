import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { codeOf, settleTurns, until } from "../../_support/actor-waiting.ts";

/** The hook of an actor that throws. */
type Faulty =
  | "none"
  | "state"
  | "onCreate"
  | "vars"
  | "onWake"
  | "run"
  | "handler"
  | "onSleep"
  | "onDestroy";

function throwIf(faulty: Faulty, hook: Faulty): void {
  if (faulty === hook) throw new RangeError(`no ${hook}`);
}

/** An actor that takes one of everything that a gauge counts. */
function defineHolder(faulty: Faulty) {
  return defineKeyedActor("holder", {
    state: () => {
      throwIf(faulty, "state");
      return { total: 0 };
    },
    idleMs: 1_000,
    restart: { policy: "never" },
    vars: () => throwIf(faulty, "vars"),
    handlers: {
      add(c) {
        throwIf(faulty, "handler");
        c.state.total += 1;
        return c.state.total;
      },
      hold(c, until: Promise<void>) {
        void c.keepAwake(until);
        c.waitUntil(until);
        c.spawnTask("work", () => until);
        c.after("alarm", 3_600_000, () => {});
      },
    },
    onCreate: (c) => {
      c.waitUntil(Promise.resolve());
      throwIf(faulty, "onCreate");
    },
    onWake: (c) => {
      void c.keepAwake(Promise.resolve());
      throwIf(faulty, "onWake");
    },
    run: async () => throwIf(faulty, "run"),
    onSleep: () => throwIf(faulty, "onSleep"),
    onDestroy: () => throwIf(faulty, "onDestroy"),
  });
}

/** Gauges of keyed actors, and those of all actors that these have too. */
const GAUGES = [
  "actor.active",
  "actor.awake",
  "actor.keep_awake.active",
  "actor.inbox.depth",
  "actor.task.active",
  "actor.shutdown.task.active",
  "actor.mailbox.depth",
  "actor.schedule.active",
  "actor.queue.depth",
  "actor.connection.active",
  "actor.http.request.active",
];

type Open = ReturnType<typeof openManualSystem>;

/** The gauges that are not zero, with the sum of their points. */
async function levels({ telemetry }: Open): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const name of GAUGES) {
    let sum = 0;
    for (const { value } of await telemetry.points(name)) sum += Number(value);
    if (sum !== 0) found[name] = sum;
  }
  return found;
}

/** How an actor comes to its end. */
const ENDS: Readonly<
  Record<string, (open: Open, key: string, holder: ReturnType<typeof defineHolder>) => unknown>
> = {
  sleep: ({ system }, key, holder) => system.get(holder, key).sleep(),
  kill: ({ system }, key, holder) => system.get(holder, key).kill(),
  destroy: ({ system }, key, holder) => codeOf(system.get(holder, key).destroy()),
};

describe("the gauges of keyed actors", () => {
  it("add up over two of a type; one ends, then both, and all are zero", async () => {
    const holder = defineHolder("none");
    await using open = openManualSystem();
    const refs = ["a", "b"].map((key) => open.system.get(holder, key));
    const held = Promise.withResolvers<void>();
    for (const ref of refs) await ref.ask.hold(held.promise);
    await settleTurns();

    const both = await levels(open);
    refs[0]?.kill();
    await settleTurns();
    const one = await levels(open);
    refs[1]?.kill();
    await settleTurns();

    const each = {
      "actor.active": 1,
      "actor.awake": 1,
      "actor.keep_awake.active": 1,
      "actor.task.active": 3,
    };
    const twice = Object.fromEntries(
      Object.entries(each).map(([name, value]) => [name, 2 * value]),
    );
    assert.deepEqual([both, one, await levels(open)], [twice, each, {}]);
    held.resolve();
  });

  const faults: readonly Faulty[] = [
    ...(["none", "state", "onCreate", "vars", "onWake", "run", "handler"] as const),
    ...(["onSleep", "onDestroy"] as const),
  ];
  for (const faulty of faults) {
    for (const [name, end] of Object.entries(ENDS)) {
      it(`are zero after a ${name} of an actor whose ${faulty} throws`, async () => {
        const holder = defineHolder(faulty);
        await using open = openManualSystem();
        const ref = open.system.get(holder, "a");
        const held = Promise.withResolvers<void>();

        ref.tell.hold(held.promise);
        await codeOf(ref.ask.add());
        ref.tell.add();
        await settleTurns();
        const ended = end(open, "a", holder);
        held.resolve();
        await ended;
        await until(() => open.system.books().active === 0);
        await settleTurns();

        assert.deepEqual(await levels(open), {});
        assert.deepEqual(open.system.books().levels, {});
      });
    }
  }
});
