import { setTimeout as delay } from "node:timers/promises";
import type { Subject } from "../subject.ts";
import type { PreparedWork, Work } from "../works/work.ts";

/** What one process found out about one subject doing one work. */
export interface Measurement {
  /** Wall time of an operation, median of the repetitions. */
  readonly wallNs: number;
  /** CPU time of an operation, all threads of the process, median of the repetitions. */
  readonly cpuNs: number;
  /** Operations of each repetition. */
  readonly ops: number;
  readonly bytesPerActor?: number;
  /** Recorded spans an operation; absent for subjects that record none. */
  readonly spansPerOp?: number;
  /** Metric series with data at the end; absent for subjects without a meter provider. */
  readonly metricSeries?: number;
}

export interface Effort {
  readonly repetitions: number;
  /** Time to warm up. Also what tells how slow the subject is. */
  readonly warmUpMs: number;
  /** A repetition is cut to about this long by doing fewer operations. */
  readonly repetitionMs: number;
  /** Upper bound of operations a repetition, below the work's own. */
  readonly maxOps: number;
}

/** The collector sweeps in threads of its own for a while after it was called. */
const SWEEPING_MS = 20;

interface Timing {
  readonly wallNs: number;
  readonly cpuNs: number;
}

export async function measure(subject: Subject, work: Work, effort: Effort): Promise<Measurement> {
  const prepared = await work.prepare(subject);
  const ops = await warmUp(subject, work, prepared, effort);
  const spansBefore = subject.recordedSpans?.() ?? 0;
  const timings: Timing[] = [];
  for (let repetition = 0; repetition < effort.repetitions; repetition++) {
    timings.push(await repeat(subject, prepared, ops));
  }
  const spans = (subject.recordedSpans?.() ?? 0) - spansBefore;
  const bytesPerActor = await prepared.bytesPerActor?.(ops);
  const metricSeries = await subject.metricSeries?.();
  return {
    wallNs: median(timings.map((timing) => timing.wallNs)),
    cpuNs: median(timings.map((timing) => timing.cpuNs)),
    ops,
    ...(bytesPerActor !== undefined && { bytesPerActor }),
    ...(subject.recordedSpans && { spansPerOp: spans / (ops * effort.repetitions) }),
    ...(metricSeries !== undefined && { metricSeries }),
  };
}

/** Repeats with more and more operations until warm; returns how many a repetition gets. */
async function warmUp(
  subject: Subject,
  work: Work,
  prepared: PreparedWork,
  { warmUpMs, repetitionMs, maxOps }: Effort,
): Promise<number> {
  const { mostOps = work.fullOps } = prepared;
  const most = inSteps(Math.min(work.fullOps, mostOps, maxOps), work.step);
  let ops = work.step;
  let spentMs = 0;
  for (;;) {
    const { wallNs } = await repeat(subject, prepared, ops);
    spentMs += (wallNs * ops) / 1e6;
    const affordable = Math.min(most, inSteps((repetitionMs * 1e6) / wallNs, work.step));
    if (spentMs >= warmUpMs) return affordable;
    ops = Math.min(ops * 4, affordable);
  }
}

/** One repetition from a clean heap. The collection and the cleaning up are not counted. */
async function repeat(subject: Subject, prepared: PreparedWork, ops: number): Promise<Timing> {
  const run = (): Promise<void> => prepared.run(ops);
  globalThis.gc?.();
  await delay(SWEEPING_MS);
  const cpuBefore = process.cpuUsage();
  const wallBefore = process.hrtime.bigint();
  await (subject.around === undefined ? run() : subject.around(run));
  const wall = Number(process.hrtime.bigint() - wallBefore);
  const cpu = process.cpuUsage(cpuBefore);
  await prepared.between?.();
  return { wallNs: wall / ops, cpuNs: ((cpu.user + cpu.system) * 1e3) / ops };
}

function inSteps(ops: number, step: number): number {
  return Math.max(1, Math.round(ops / step)) * step;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
