import type { Snapshot } from "../../wire/snapshot.ts";

/** Totals of a system at one moment. Rates are per second. */
export interface TotalsPoint {
  readonly atMs: number;
  readonly handledRate: number;
  readonly failureRate: number;
  readonly deadLetterRate: number;
  readonly active: number;
  readonly waiting: number;
  readonly deadlocks: number;
  readonly stuck: number;
  /** 0 to 1. */
  readonly utilization: number;
  readonly heapUsedBytes: number;
}

/** Ten minutes at four points a second. */
const MAX_POINTS = 2_400;

/** Recent totals of a system. */
export class TotalsHistory {
  readonly #points: TotalsPoint[] = [];
  #before: Snapshot | undefined;

  get points(): readonly TotalsPoint[] {
    return this.#points;
  }

  add(snapshot: Snapshot, heapUsedBytes: number): void {
    const { totals, capturedAtMs, deadlocks, stuck, eventLoop } = snapshot;
    const before = this.#before;
    this.#before = snapshot;
    const seconds = before === undefined ? 0 : (capturedAtMs - before.capturedAtMs) / 1_000;
    const rate = (now: number, then: number | undefined): number =>
      seconds > 0 && then !== undefined && now > then ? (now - then) / seconds : 0;
    this.#points.push({
      atMs: capturedAtMs,
      handledRate: rate(totals.handled, before?.totals.handled),
      failureRate: rate(totals.failures, before?.totals.failures),
      deadLetterRate: rate(totals.deadLetters, before?.totals.deadLetters),
      active: totals.active,
      waiting: totals.waiting,
      deadlocks: deadlocks.length,
      stuck: stuck.length,
      utilization: eventLoop.utilization,
      heapUsedBytes,
    });
    if (this.#points.length > MAX_POINTS) this.#points.splice(0, this.#points.length - MAX_POINTS);
  }
}

/** Returns one point for several: the means of rates and levels, at the time of the last point. */
export function meanOf(points: readonly TotalsPoint[]): TotalsPoint {
  const mean = (key: keyof TotalsPoint): number =>
    points.reduce((sum, point) => sum + point[key], 0) / points.length;
  return {
    atMs: points.at(-1)?.atMs ?? 0,
    handledRate: mean("handledRate"),
    failureRate: mean("failureRate"),
    deadLetterRate: mean("deadLetterRate"),
    active: mean("active"),
    waiting: mean("waiting"),
    deadlocks: mean("deadlocks"),
    stuck: mean("stuck"),
    utilization: mean("utilization"),
    heapUsedBytes: mean("heapUsedBytes"),
  };
}
