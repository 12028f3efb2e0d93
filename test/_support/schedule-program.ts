import { writeSync } from "node:fs";
import { createSystem, defineKeyedActor } from "../../src/index.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { createLogger } from "../../src/telemetry.ts";

/*
 * A process with a schedule, for tests that kill it. Arguments: the directory, and what to do:
 *
 * - `plan MS`: sets a schedule and kills itself once that is stored
 * - `die`: sets a schedule that is due at once, and kills itself at the end of its handler
 * - `run`: makes no call, and tells of the schedules that run and of what they have stored
 */

const [directory = "", mode = "", delay = "0"] = process.argv.slice(2);

function tell(fact: object): void {
  writeSync(1, `${JSON.stringify(fact)}\n`);
}

function die(): void {
  process.kill(process.pid, "SIGKILL");
}

const handled = Promise.withResolvers<void>();

const worker = defineKeyedActor("worker", {
  messages: {} as { plan(inMs: number): void; work(): void; runs(): number },
  state: () => ({ runs: 0 }),
  handlers: {
    plan: (c, inMs) => void c.schedule.after(inMs).work(),
    work(c) {
      c.state.runs += 1;
      tell({ handled: c.state.runs });
      if (mode === "die") die();
      handled.resolve();
    },
    runs: (c) => c.state.runs,
  },
});

const store = await SqliteStore.open({ directory });
const logger = createLogger({ level: "silent" });
const system = createSystem({ actors: [worker], store, logger });
const ref = system.get(worker, "a");
switch (mode) {
  case "plan":
    await ref.ask.plan(Number(delay));
    tell({ planned: true });
    die();
    break;
  case "die":
    await ref.ask.plan(0);
    break;
  case "run":
    tell({ started: true });
    await handled.promise;
    tell({ stored: await ref.ask.runs() });
    break;
  case "read":
    tell({ runs: await ref.ask.runs() });
    await system.shutdown();
    break;
}
