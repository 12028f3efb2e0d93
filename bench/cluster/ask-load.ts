import { performance } from "node:perf_hooks";

/** What one party of a comparison asks for: `read` changes nothing, `add` stores a change before the reply. */
export type Work = "read" | "add";

/** A round of asks. */
export interface Load {
  readonly work: Work;
  readonly calls: number;
  /** Each to a key of its own, one after the other. */
  readonly atOnce: number;
}

/** How a round went. */
export interface Round {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly perSecond: number;
  /** CPU time of the caller's process for one call. */
  readonly cpuUs: number;
}

/** About as much as a message in a program has. */
export const TEXT: string = "x".repeat(100);

/** Asks until `calls` were answered. `ask` must reject if the answer is not the expected one. */
export async function runLoad(
  { work, calls, atOnce }: Load,
  ask: (work: Work, key: number) => Promise<void>,
): Promise<Round> {
  const times = new Float64Array(calls);
  let next = 0;
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const askAll = async (_: unknown, key: number): Promise<void> => {
    for (let at = next++; at < calls; at = next++) {
      const sentMs = performance.now();
      await ask(work, key);
      times[at] = performance.now() - sentMs;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, askAll));
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(before);
  times.sort();
  return {
    p50Us: (times[Math.floor(calls * 0.5)] ?? 0) * 1_000,
    p99Us: (times[Math.floor(calls * 0.99)] ?? 0) * 1_000,
    perSecond: calls / seconds,
    cpuUs: (user + system) / calls,
  };
}
