// A program that stops on signals, as the first argument says, and prints what happens.
import { createSystem, defineActor, stopOnSignals } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";

const [mode = ""] = process.argv.slice(2);
const keepOpen = setInterval(() => {}, 60_000);

function tell(fact: string): void {
  process.stdout.write(`${fact}\n`);
}

const worker = defineActor("worker", {
  handlers: {
    async work(_c, until: PromiseLike<void>) {
      tell("working");
      await until;
      tell("worked");
    },
  },
  onStop: (_c, reason) => tell(`stopped: ${reason}`),
});
const logger = createLogger({ destination: { write() {} } });
const system = createSystem({ logger });
const ref = system.spawn(worker);
process.stdin.on("data", () => {});

/** Resolves with the next text on stdin. */
function told(): Promise<void> {
  return new Promise((resolve) => process.stdin.once("data", () => resolve()));
}

/** Modes of the program. */
const MODES: Readonly<Record<string, () => unknown>> = {
  /** A message is handled until stdin says so. */
  busy() {
    stopOnSignals(system);
    ref.tell.work(told());
  },
  endless() {
    stopOnSignals(system);
    ref.tell.work(new Promise(() => {}));
  },
  /** The application has begun to shut down before the signal. */
  async stopping() {
    stopOnSignals(system);
    ref.tell.work(told());
    void system.shutdown().then(() => tell("down"));
  },
  /** The application has shut down, and goes on. */
  async stopped() {
    stopOnSignals(system);
    await system.shutdown();
    tell("down");
  },
  two() {
    const other = createSystem({ logger });
    stopOnSignals(system);
    stopOnSignals({
      async shutdown(signal) {
        tell(`other: ${signal}`);
        await told();
        await other.shutdown();
        tell("other down");
      },
    });
  },
  /** Another listener decides when the process ends. */
  listened() {
    process.on("SIGTERM", () => tell("heard"));
    stopOnSignals(system);
    process.stdin.once("data", () => {
      clearInterval(keepOpen);
      process.stdin.destroy();
    });
  },
  /** Nothing has asked for listeners. */
  unasked() {
    tell(`listeners: ${process.listenerCount("SIGTERM") + process.listenerCount("SIGINT")}`);
  },
};

MODES[mode]?.();
tell("ready");
