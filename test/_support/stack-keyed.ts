/**
 * An application of keyed actors that do all that the dashboards have panels of; runs until it is killed. Its argument is
 * the directory of its store.
 */
import { setInterval } from "node:timers";
import { setTimeout as delay } from "node:timers/promises";
import { createSystem, defineKeyedActor, openSqliteStore, queue } from "../../src/index.ts";
import { openRooms, visit } from "./stack-rooms.ts";

const REPEAT_MS = 200;
/** Keys that are used in turn, so that actors sleep in between. */
const KEYS = 20;

const CREATE = "CREATE TABLE entry (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT";

const busy = defineKeyedActor("busy", {
  messages: {} as { work(): void; remember(text: string): Promise<void>; later(): void },
  state: () => ({ works: 0 }),
  queues: { jobs: queue<string>() },
  database: { migrations: [{ name: "001-entry", sql: CREATE }] },
  idleMs: 500,
  onWake: () => delay(1),
  async run(c) {
    for await (const message of c.queue.jobs) {
      c.state.works += 1;
      message.complete();
    }
  },
  handlers: {
    work(c) {
      c.state.works += 1;
      c.schedule.after(100, { id: "later" }).later();
      c.waitUntil(delay(2_000)); // still running when it goes to sleep
      void c.keepAwake(delay(300));
    },
    async remember(c, text) {
      await c.db.run("INSERT INTO entry (text) VALUES (?)", [text]);
    },
    later(c) {
      c.state.works += 1;
    },
  },
});

const [, , directory = ""] = process.argv;
const store = await openSqliteStore({ directory });
const system = createSystem({ name: "keyed", actors: [busy], store });
const gateway = await openRooms(system);
let turn = 0;

setInterval(() => {
  turn += 1;
  const ref = system.get(busy, ["key", String(turn % KEYS)]);
  ref.tell.work();
  ref.ask.remember("text").catch(() => {});
  ref.queue.jobs.send("job").catch(() => {});
  visit(gateway).catch(() => {});
}, REPEAT_MS);
