import { type Console, createConsole } from "../../src/console.ts";
import {
  type ActorContext,
  type ActorDefinition,
  type ActorRef,
  createSystem,
  defineActor,
  type MonitoredSystem,
} from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";

type Work = { work(c: ActorContext<undefined>): void };
type Hiring = {
  hire(c: ActorContext<undefined>, count: number): ActorRef<Work>[];
};

const worker: ActorDefinition<undefined, undefined, Work> = defineActor("worker", {
  handlers: { work: () => {} },
});

const boss: ActorDefinition<undefined, undefined, Hiring> = defineActor("boss", {
  handlers: {
    hire: (c, count) => Array.from({ length: count }, () => c.spawnChild(worker)),
  },
});

const BOSSES = 20;
/** So often a tenth of them gets a message: in a quarter of a second all do. */
const BEAT_MS = 25;
const BEATS_A_ROUND = 10;

/** Thousands of actors, all of which are busy, and a console that shows them. */
export class Crowd implements AsyncDisposable {
  readonly console: Console;
  readonly #system: MonitoredSystem;
  readonly #workers: readonly ActorRef<Work>[];
  #next = 0;
  readonly #timer: NodeJS.Timeout;

  private constructor(
    system: MonitoredSystem,
    console: Console,
    workers: readonly ActorRef<Work>[],
  ) {
    this.#system = system;
    this.console = console;
    this.#workers = workers;
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
  }

  static async gather(count: number): Promise<Crowd> {
    const system = createSystem({ name: "crowd", logger: createLogger({ level: "silent" }) });
    const workers: ActorRef<Work>[] = [];
    for (let at = 0; at < BOSSES; at += 1) {
      const chief = system.spawn(boss, { name: `boss-${at}` });
      workers.push(...(await chief.ask.hire(Math.ceil(count / BOSSES))));
    }
    return new Crowd(system, await createConsole(system, { port: 0 }), workers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.console.close();
    await this.#system.shutdown();
  }

  #beat(): void {
    for (let left = this.#workers.length / BEATS_A_ROUND; left > 0; left -= 1) {
      this.#workers[this.#next % this.#workers.length]?.tell.work();
      this.#next += 1;
    }
  }
}
