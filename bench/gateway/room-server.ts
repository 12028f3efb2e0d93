import { createGateway, expose } from "../../src/gateway.ts";
import { createSystem, defineKeyedActor, event } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";

/*
 * The server of `gateway-broadcast.ts`, in a process of its own. It sends its port, and answers each message: `say` has
 * the room broadcast that many events in one turn, `read` gives what was used since the last `read`. While it is watched,
 * each turn of the event loop is measured in CPU time of its thread, which other processes do not lengthen.
 */

/** What the server has used. */
export interface Used {
  readonly cpuUs: number;
  /** CPU time of the longest turn of the event loop, in milliseconds; 0 if it was not watched. */
  readonly longestMs: number;
  /** After a collection. */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

const MICROS_PER_MS = 1_000;
const BODY = "x".repeat(100);

const room = defineKeyedActor("room", {
  state: () => ({}),
  events: { said: event<string>() },
  handlers: {
    say(c, count: number) {
      for (let at = 0; at < count; at += 1) c.broadcast("said", BODY);
    },
  },
});

const system = createSystem({
  actors: [room],
  logger: createLogger({ destination: { write() {} } }),
});
const gateway = await createGateway(system, {
  actors: [expose(room, {})],
  port: 0,
  limits: { socketsPerAddress: 100_000, sockets: 100_000, silenceMs: 600_000 },
});

let cpu = process.cpuUsage();
let longestUs = 0;
let isWatched = false;

function threadUs(): number {
  const { user, system: kernel } = process.threadCpuUsage();
  return user + kernel;
}

function watch(lastUs: number): void {
  const nowUs = threadUs();
  longestUs = Math.max(longestUs, nowUs - lastUs);
  if (isWatched) setImmediate(watch, nowUs);
}

function read(): Used {
  const { user, system: kernel } = process.cpuUsage(cpu);
  const longestMs = longestUs / MICROS_PER_MS;
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  cpu = process.cpuUsage();
  longestUs = 0;
  return { cpuUs: user + kernel, longestMs, heapBytes: heapUsed, rssBytes: rss };
}

process.on("message", ({ say, watched }: { readonly say?: number; readonly watched?: boolean }) => {
  if (say !== undefined) system.get(room, "lobby").tell.say(say);
  else if (watched === undefined) process.send?.(read());
  else {
    isWatched = watched;
    if (watched) watch(threadUs());
  }
});
process.send?.({ port: gateway.port });
