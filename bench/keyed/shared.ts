import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createSystem, type MonitoredSystem, type SystemOptions } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";

/** Whether only to show that everything runs. */
export const QUICK: boolean = process.argv.includes("--quick");

/** Opens a system that logs nothing and has no monitor, as far as `options` do not say otherwise. */
export function openSystem(options: SystemOptions = {}): MonitoredSystem {
  return createSystem({ logger: createLogger({ level: "silent" }), ...options });
}

/** Calls `work` with a new folder, which is removed afterwards. */
export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "limelight-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Value below which a share of the sorted `values` lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Bytes in use once garbage has been collected, buffers included. */
export function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect(); // what the first pass has finalised
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** One goal with what was measured. */
export interface Finding {
  readonly what: string;
  readonly measured: string;
  readonly goal: string;
  readonly reached: boolean;
}
