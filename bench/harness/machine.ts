import { cpus, loadavg, release, totalmem, type } from "node:os";

/** What the numbers were measured on: without it they mean nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  /** Load of the last minute before the run: above 0.5 somebody else was working too. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    loadBefore: loadavg()[0] ?? 0,
  };
}
