import { nats } from "../../src/cluster.ts";
import { createSystem } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";
import { counter } from "./counter.ts";

/*
 * A runner of `cluster-many.ts`. Arguments: its name, the address of NATS, the duration of leases. It answers each message
 * with its {@link Reading}.
 */

/** Levels of one process that are compared in the end. */
export const GAUGES = [
  "cluster.placement.active",
  "cluster.placement.request.active",
  "cluster.runner.active",
  "cluster.demultiplexer.active",
  "cluster.demultiplexer.depth",
  "cluster.outbox.depth",
  "cluster.call.active",
  "cluster.lease.active",
] as const;

/** What a runner says of itself. */
export interface Reading {
  readonly rssMiB: number;
  readonly heapMiB: number;
  readonly cpuMs: number;
  /** Actors that are awake in it. */
  readonly actors: number;
  /** Points of {@link GAUGES} that are not zero, by name and attributes. */
  readonly gauges: Readonly<Record<string, number>>;
  /** Times that it has fenced itself. */
  readonly fences: number;
}

const MIB = 2 ** 20;
const POLL_MS = 20;

async function begin([name = "", servers = "", leaseTtlMs = ""]: readonly string[]): Promise<void> {
  const telemetry = inMemoryTelemetry({ logLevel: "silent" });
  const { meterProvider } = telemetry;
  const system = createSystem({
    name,
    actors: [counter],
    engine: nats({ servers }),
    cluster: { name, leaseTtlMs: Number(leaseTtlMs) },
    logger: createLogger({ level: process.env["BENCH_LOG_LEVEL"] ?? "silent" }),
    metrics: { meterProvider },
    tracing: false,
  });
  const read = async (): Promise<Reading> => {
    const gauges: Record<string, number> = {};
    for (const gauge of GAUGES) {
      for (const { attributes, value } of await telemetry.points(gauge)) {
        if (value !== 0) gauges[[gauge, ...Object.values(attributes)].join(" ")] = Number(value);
      }
    }
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system: kernel } = process.cpuUsage();
    return {
      rssMiB: rss / MIB,
      heapMiB: heapUsed / MIB,
      cpuMs: (user + kernel) / 1_000,
      actors: await telemetry.value("actor.active", { "actor.type": "counter" }),
      gauges,
      fences: await telemetry.value("cluster.fences"),
    };
  };
  process.on("message", async () => process.send?.(await read()));
  while (system.health().cluster?.isReady !== true) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  process.send?.("ready");
}

process.once("disconnect", () => process.exit()); // whoever has started it is gone
if (process.send !== undefined) await begin(process.argv.slice(2));
