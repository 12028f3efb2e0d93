import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type ActorContext,
  createSystem,
  createTopic,
  defineActor,
  type MonitoredSystem,
  type SystemOptions,
} from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { expectBooks, ManualClock } from "../../../src/testing.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { type Act, puppet } from "../../_support/monitor-actors.ts";
import { usedBytes } from "../../_support/used-memory.ts";

const user = new AsyncLocalStorage<string>();
const tenant = new AsyncLocalStorage<number>();
const left = new AsyncLocalStorage<string>();
const carry = [user, tenant];

function stores(): unknown[] {
  return [user.getStore(), tenant.getStore(), left.getStore()];
}

/** Calls `fn` with a store in each of the storages. */
function as<Result>(name: string, id: number, fn: () => Result): Result {
  return user.run(name, () => tenant.run(id, () => left.run("left behind", fn)));
}

interface Open extends AsyncDisposable {
  readonly system: MonitoredSystem;
  readonly clock: ManualClock;
}

/** Without an SDK, and with spans on: messages take other ways. */
const ways: Record<string, (options: SystemOptions) => Open> = {
  "no context manager": (options) => {
    const clock = new ManualClock();
    const system = createSystem({ logger: createLogger({ level: "silent" }), clock, ...options });
    return {
      system,
      clock,
      async [Symbol.asyncDispose]() {
        expectBooks(system);
        await system.shutdown();
      },
    };
  },
  "spans and a context manager": openManualSystem,
  "a context manager and no spans": (options) => openManualSystem({ ...options, tracing: false }),
  "spans that are not recorded": (options) =>
    openManualSystem({ ...options, tracing: { rootSampleRatio: 0 } }),
};

for (const [way, open] of Object.entries(ways)) {
  describe(`stores that are carried, with ${way}`, () => {
    it("are in the handler what they were where the message was sent", async () => {
      await using one = open({ carry });
      const ref = one.system.spawn(puppet);
      const seen: unknown[] = [];
      const see = (): void => void seen.push(stores());

      const asked = await as("alice", 1, () => ref.ask.run(stores));
      as("bob", 2, () => ref.tell.run(see));
      as("bob", 2, () => ref.tell.run(see));
      ref.tell.run(see);
      user.run("carol", () => ref.tell.run(see));
      await ref.ask.value();

      assert.deepEqual(asked, ["alice", 1, undefined]);
      assert.deepEqual(seen, [
        ["bob", 2, undefined],
        ["bob", 2, undefined],
        [undefined, undefined, undefined],
        ["carol", undefined, undefined],
      ]);
    });

    it("are there after an await, and go on with messages, tasks, timers and pipes", async () => {
      await using one = open({ carry });
      const [a, b] = [one.system.spawn(puppet), one.system.spawn(puppet)];
      const seen: Record<string, unknown> = {};
      const act = async (c: ActorContext<undefined>): Promise<void> => {
        await nextTurn();
        seen["later"] = stores();
        seen["next"] = await b.ask.run(stores);
        seen["other"] = await user.run("eve", () => b.ask.run(stores));
        await c.spawnTask("look", async () => {
          await nextTurn();
          seen["task"] = stores();
        }).settled;
        c.after("look", 100, () => {
          seen["timer"] = stores();
        });
        const look: Act = () => {
          seen["pipe"] = stores();
        };
        c.pipe(Promise.resolve(look), "run");
      };

      await as("alice", 1, () => a.with({ timeoutMs: 60_000 }).ask.run(act));
      await one.clock.advance(200);
      await settleTurns();

      const alice = ["alice", 1, undefined];
      assert.deepEqual(seen, {
        later: alice,
        next: alice,
        other: ["eve", 1, undefined],
        task: alice,
        timer: alice,
        pipe: alice,
      });
    });

    it("are not there in hooks and state factories", async () => {
      await using one = open({ carry });
      const seen: unknown[] = [];
      const look = (): void => void seen.push(stores());
      const definition = defineActor("hooked", {
        state: () => {
          look();
          return {};
        },
        onStart: look,
        onStop: look,
        handlers: { value: (): number => 1 },
      });

      const parent = one.system.spawn(puppet);
      await as("alice", 1, () =>
        parent.ask.run(async (c) => {
          const child = c.spawnChild(definition);
          await child.ask.value();
          await child.stop();
        }),
      );

      const none = [undefined, undefined, undefined];
      assert.deepEqual(seen, [none, none, none]);
    });

    it("come with what a topic publishes, and with three arguments", async () => {
      await using one = open({ carry });
      const seen: unknown[] = [];
      const definition = defineActor("many", {
        handlers: {
          one: (_c, _first: number) => void seen.push(stores()),
          three: (_c, _first: number, _second: number, _third: number) => stores(),
        },
      });
      const ref = one.system.spawn(definition);
      const topic = createTopic<number>("news");
      topic.subscribe(ref, "one");

      as("alice", 1, () => topic.publish(1));
      const three = await as("bob", 2, () => ref.ask.three(1, 2, 3));

      assert.deepEqual(
        [...seen, three],
        [
          ["alice", 1, undefined],
          ["bob", 2, undefined],
        ],
      );
    });

    it("do not stay with a handler's successor when it has put others in force", async () => {
      await using one = open({ carry });
      const ref = one.system.spawn(puppet);

      const enter = as("alice", 1, () => ref.ask.run(() => user.enterWith("mallory")));
      const next = ref.ask.run(stores);

      await enter;
      assert.deepEqual(await next, [undefined, undefined, undefined]);
    });
  });
}

describe("the option `carry`", () => {
  it("refuses what is no array of AsyncLocalStorages", () => {
    for (const bad of [user, {}, [{}], [undefined], null, "user"]) {
      assert.throws(() => createSystem({ carry: bad as never }), { code: "ERR_INVALID_OPTION" });
    }
  });

  it("keeps no request for longer than its messages", async () => {
    const requests = new AsyncLocalStorage<object>();
    await using open = openManualSystem({ carry: [requests] });
    const ref = open.system.spawn(puppet);
    const send = async (): Promise<WeakRef<object>> => {
      const request = { body: "of this request" };
      await requests.run(request, () => ref.ask.value());
      requests.run(request, () => ref.tell.value());
      return new WeakRef(request);
    };

    const weak = await send();
    for (let turn = 0; turn < 20; turn += 1) {
      await nextTurn();
      usedBytes(); // collects garbage
    }

    assert.equal(weak.deref(), undefined);
  });
});
