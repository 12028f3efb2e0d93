import { nats } from "../../src/cluster.ts";
import { createSystem, type MonitoredSystem } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { tracingOf } from "../harness/traced.ts";
import { type Load, runLoad, TEXT, type Work } from "./ask-load.ts";
import { callBare, serveBare } from "./bare.ts";
import { counter } from "./counter.ts";

/*
 * One of the two processes of each comparison of `cluster-ask.ts`. Arguments: its role, the mode, the address of NATS. It
 * answers each message of its parent: with how a round went, or with the CPU time that it has used.
 */

/** What answers. */
export const Mode = {
  Bare: "bare",
  Untraced: "tracing off",
  Sampled: "1 % sampled",
  Recorded: "all recorded",
} as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

export type Role = "server" | "caller";

/** From the parent. */
export type Order = { readonly kind: "cpu" } | { readonly kind: "load"; readonly load: Load };

const RATIOS: Readonly<Record<string, number>> = { [Mode.Sampled]: 0.01, [Mode.Recorded]: 1 };
const TIMEOUT_MS = 30_000;
const MAX_AT_ONCE = 32;

function openSystem(mode: string, servers: string, isCaller: boolean): MonitoredSystem {
  const ratio = RATIOS[mode];
  return createSystem({
    actors: [counter],
    engine: nats({ servers, namespace: mode.replaceAll(/\W/g, "") }),
    cluster: { name: isCaller ? "caller" : "runner", client: isCaller },
    logger: createLogger({ destination: { write() {} } }),
    tracing: ratio === undefined ? false : { tracerProvider: tracingOf(ratio) },
  });
}

async function callerOf(mode: string, servers: string): ReturnType<typeof callBare> {
  if (mode === Mode.Bare) return await callBare(servers);
  const system = openSystem(mode, servers, true);
  const asks = Array.from(
    { length: MAX_AT_ONCE },
    (_, key) => system.get(counter, `k${key}`).with({ timeoutMs: TIMEOUT_MS }).ask,
  );
  return async (work: Work, key: number) => {
    const { text } = (await asks[key]?.[work](TEXT)) ?? {};
    if (text !== TEXT) throw new Error("another answer than expected");
  };
}

async function begin([role = "", mode = "", servers = ""]: readonly string[]): Promise<void> {
  const ask = role === "caller" ? await callerOf(mode, servers) : undefined;
  if (ask === undefined && mode === Mode.Bare) await serveBare(servers);
  if (ask === undefined && mode !== Mode.Bare) openSystem(mode, servers, false);
  process.on("message", async (order: Order) => {
    if (order.kind === "cpu") {
      const { user, system } = process.cpuUsage();
      process.send?.(user + system);
    } else if (ask !== undefined) process.send?.(await runLoad(order.load, ask));
  });
  process.send?.("ready");
}

process.once("disconnect", () => process.exit()); // whoever has started it is gone
if (process.send !== undefined) await begin(process.argv.slice(2));
