import { createSystem, defineActor } from "../src/index.ts";
import { createLogger } from "../src/telemetry.ts";
import { describeLateness, measureLateness, type Progress } from "./harness/lateness.ts";

/**
 * How late a timer fires while actors keep each other busy without a pause.
 *
 * Each scenario lives on messages alone: nothing of it waits for a timer or for I/O, so only the
 * dispatcher's own yielding lets the timer in. A plain microtask mailbox would never.
 */

interface Sink {
  readonly tell: { add(by: number): void; answer(source: Source): void };
}
interface Source {
  readonly tell: { pump(self: Source, sink: Sink): void };
}
interface Player {
  readonly tell: { play(self: Player, peer: Player): void };
}

const LEAST_MS = process.argv.includes("--quick") ? 500 : 5_000;
/** Messages between two answers of the sink, and between two looks at the clock. */
const CHUNK = 1_000;

const mailbox = { limit: 1_000_000, whenFull: "reject" } as const;
const system = createSystem({ logger: createLogger({ level: "silent" }) });

/** One actor tells another a million times, the next chunk when the last one is handled. */
function tellAnother(progress: Progress): void {
  const sinkDefinition = defineActor("sink", {
    state: () => ({ count: 0 }),
    mailbox,
    handlers: {
      add(c, by: number) {
        c.state.count += by;
      },
      answer(_c, from: Source) {
        if (progress.count(CHUNK)) from.tell.pump(from, sink);
      },
    },
  });
  const sourceDefinition = defineActor("source", {
    state: () => ({}),
    mailbox,
    handlers: {
      pump(_c, self: Source, to: Sink) {
        for (let message = 0; message < CHUNK; message++) to.tell.add(1);
        to.tell.answer(self);
      },
    },
  });
  const sink: Sink = system.spawn(sinkDefinition);
  const source: Source = system.spawn(sourceDefinition);
  source.tell.pump(source, sink);
}

/** Two actors that keep one message going between them. */
function playPingPong(progress: Progress): void {
  const playerDefinition = defineActor("player", {
    state: () => ({ count: 0 }),
    mailbox,
    handlers: {
      play(c, self: Player, peer: Player) {
        c.state.count += 1;
        if (c.state.count % CHUNK === 0 && !progress.count(CHUNK)) return;
        peer.tell.play(peer, self);
      },
    },
  });
  const first: Player = system.spawn(playerDefinition);
  first.tell.play(first, system.spawn(playerDefinition));
}

const results = [
  await measureLateness("an actor tells another", LEAST_MS, tellAnother),
  await measureLateness("ping-pong of two actors", LEAST_MS, playPingPong),
];
if (process.send === undefined) for (const result of results) console.log(describeLateness(result));
else await new Promise((sent) => process.send?.(results, sent));
await system.shutdown();
process.disconnect?.();
