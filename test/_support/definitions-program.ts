import { setImmediate as nextTurn } from "node:timers/promises";
import { createSystem, defineActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";

/**
 * A program that defines an actor for each of many requests, sets timers and runs tasks of ever new kinds. Prints how
 * many definitions are still alive, how the heap has grown, what was counted, and the warnings. Needs `--expose-gc`.
 */

const ROUNDS = 3_000;
const KIB = 1_024;

const warnings: unknown[] = [];
const write = (line: string): void => {
  const { event, target_type, definitions } = JSON.parse(line) as Record<string, unknown>;
  warnings.push({ event, target_type, definitions });
};
const logger = createLogger({ level: "warn", destination: { write } });
const system = createSystem({ logger });
const alive: WeakRef<object>[] = [];

async function heapKib(): Promise<number> {
  for (let turn = 0; turn < 10; turn += 1) {
    await nextTurn();
    globalThis.gc?.();
  }
  return Math.round(process.memoryUsage().heapUsed / KIB);
}

async function request(at: number): Promise<void> {
  const definition = defineActor("job", {
    handlers: { go: (c) => c.spawnTask(`kind${at}`, () => at) },
  });
  alive.push(new WeakRef(definition));
  const ref = system.spawn(definition);
  await ref.ask.go();
  await ref.stop();
}

for (let at = 0; at < ROUNDS / 3; at += 1) await request(at);
const definedKib = await heapKib();
for (let at = ROUNDS / 3; at < ROUNDS; at += 1) await request(at);
const grownKib = (await heapKib()) - definedKib;

const timing = system.spawn(
  defineActor("timing", {
    handlers: { set: (c, at: number) => c.after(`kind${at}`, 3_600_000, () => at).cancel() },
  }),
);
for (let at = 0; at < ROUNDS / 3; at += 1) await timing.ask.set(at);
const timedKib = await heapKib();
for (let at = ROUNDS / 3; at < ROUNDS; at += 1) await timing.ask.set(at);
const timersGrownKib = (await heapKib()) - timedKib;

const { started, stopped, sent, handled } = system.books();
process.stdout.write(
  JSON.stringify({
    alive: alive.filter((ref) => ref.deref() !== undefined).length,
    grownKib,
    timersGrownKib,
    books: { started, stopped, sent, handled },
    warnings,
  }),
  () => process.exit(),
);
