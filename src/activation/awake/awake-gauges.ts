import { awakeReason } from "../../actor/cell/awake-reason.ts";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { StopRequest } from "../../actor/lifecycle/stop-request.ts";
import { Attribute, AwakeReason, Inbox, KeepAwakeKind } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import type { Metric } from "../../telemetry/metric.ts";
import type { ComputedPoint } from "../../telemetry/metrics/point-book.ts";
import type { TypeMetrics } from "../../telemetry/metrics/type-metrics.ts";

/** An activation, as the gauges need it. */
export interface GaugedActivation {
  readonly cell: ActorCell;
  /** Number of holds of the runtime. */
  readonly internalHolds: number;
  /** Number of commits that were requested and have not begun. */
  readonly commitsWaiting: number;
}

/** A series: its point without the value, and what was counted in this reading. */
interface Series extends Omit<ComputedPoint, "value"> {
  value: number;
}

/**
 * The gauges of keyed actors, computed over all activations when they are collected.
 *
 * Nothing is counted up and down, so nothing can remain: an activation that has ended is not among those that are
 * counted. Series that were reported once stay, at zero.
 */
export class AwakeGauges {
  readonly #activations: () => Iterable<GaugedActivation>;
  readonly #series = new Map<string, Series>();

  constructor(activations: () => Iterable<GaugedActivation>) {
    this.#activations = activations;
  }

  /** Returns the points, for a `PointBook`. */
  read(): Iterable<ComputedPoint> {
    for (const series of this.#series.values()) series.value = 0;
    for (const activation of this.#activations()) this.#count(activation);
    return this.#series.values();
  }

  #count({ cell, internalHolds, commitsWaiting }: GaugedActivation): void {
    const { metrics } = cell.type;
    const reason = awakeReason(cell);
    if (reason !== AwakeReason.Stopped)
      this.#add(metrics, Catalogue.Awake, Attribute.AwakeReason, reason, 1);
    const tasks = cell.extrasIfAny?.tasks;
    const kept = tasks?.count(AwakeReason.KeepAwake) ?? 0;
    const isEnding = !cell.isStopped && cell.stopRequest !== StopRequest.None;
    const requests = isEnding || cell.extrasIfAny?.pendingRestart !== undefined ? 1 : 0;
    const { KeepAwakeActive, InboxDepth, ShutdownTaskActive } = Catalogue;
    this.#add(metrics, KeepAwakeActive, Attribute.KeepAwakeKind, KeepAwakeKind.User, kept);
    this.#add(
      metrics,
      KeepAwakeActive,
      Attribute.KeepAwakeKind,
      KeepAwakeKind.Internal,
      internalHolds,
    );
    this.#add(metrics, InboxDepth, Attribute.Inbox, Inbox.Lifecycle, requests);
    this.#add(metrics, InboxDepth, Attribute.Inbox, Inbox.Dispatch, cell.depth);
    this.#add(metrics, InboxDepth, Attribute.Inbox, Inbox.LifecycleEvent, commitsWaiting);
    this.#add(metrics, ShutdownTaskActive, undefined, "", isEnding ? (tasks?.size ?? 0) : 0);
  }

  #add(
    { type, attributes }: TypeMetrics,
    metric: Metric,
    attribute: string | undefined,
    member: string,
    count: number,
  ): void {
    const key = `${metric.name}|${type}|${member}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      const all = attribute === undefined ? attributes : { ...attributes, [attribute]: member };
      series = { metric, attributes: all, key, value: 0 };
      this.#series.set(key, series);
    }
    series.value += count;
  }
}
