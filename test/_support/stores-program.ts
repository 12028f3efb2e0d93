import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * A program that makes a system, actors, a pool and timers inside of requests. Prints which stores the code of
 * actors has seen and where it ran, and which requests are still alive after they ended. Needs `--expose-gc`.
 */

interface Request {
  readonly user: string;
  readonly body: Buffer;
}

const requests = new AsyncLocalStorage<Request>();
const seen = new Set<string>();
const places = new Set<string>();
const refs = new Map<string, WeakRef<Request>>();

function look(place: string): void {
  places.add(place);
  const store = requests.getStore();
  if (store !== undefined) seen.add(`${place} ${store.user}`);
}

function request<Result>(user: string, fn: () => Result): Result {
  const store = { user, body: Buffer.alloc(1_000_000) };
  refs.set(user, new WeakRef(store));
  return requests.run(store, fn);
}

// The library is loaded inside a request, too. Node's loader may keep that one alive, so it is not checked.
const loader = { user: "loader", body: Buffer.alloc(0) };
const { createSystem, defineActor } = await requests.run(
  loader,
  () => import("../../src/index.ts"),
);
const { createLogger } = await import("../../src/telemetry.ts");
const definition = defineActor("audit", {
  state: () => {
    look("state");
    return {};
  },
  onStart: () => look("onStart"),
  onStop: () => look("onStop"),
  handlers: {
    async who(c) {
      look("handler");
      await c.spawnTask("look", async () => {
        await nextTurn();
        look("task");
      }).settled;
      const fired = Promise.withResolvers<void>();
      c.after("soon", 1, () => {
        look("timer");
        fired.resolve();
      });
      void fired.promise.then(() => look("later"));
      c.after("later", 3_600_000, () => undefined);
    },
    fail(): void {
      throw new Error("on purpose");
    },
  },
});

const logger = createLogger({ level: "silent" });
const system = request("alice", () => createSystem({ logger }));
const audit = request("bob", () => system.spawn(definition));
request("pool", () => system.spawnPool(definition, { size: 2 }));
await request("carol", () => audit.ask.who());
await request("dave", () => audit.ask.who());
request("erin", () => audit.tell.fail());
await audit.ask.who();
await request("frank", () => system.spawn(definition).stop());
// All seven places, the timer among them. The limit lets the test report a place that is missing.
for (let turn = 0; places.size < 7 && turn < 100_000; turn += 1) await nextTurn();

for (let turn = 0; turn < 20; turn += 1) {
  await nextTurn();
  globalThis.gc?.();
}
const alive = [...refs].filter(([, ref]) => ref.deref() !== undefined).map(([user]) => user);
process.stdout.write(
  JSON.stringify({ seen: [...seen].toSorted(), places: [...places].toSorted(), alive }),
  () => process.exit(),
);
