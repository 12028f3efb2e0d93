import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import { CallMetrics } from "./call-metrics.ts";
import { CoordinatorMetrics } from "./coordinator-metrics.ts";
import { EngineMetrics } from "./engine-metrics.ts";
import { RunnerMetrics } from "./runner-metrics.ts";

/** The metrics of one node of a cluster, by the part that reports them. One for each system. */
export class ClusterMetrics {
  readonly coordinator: CoordinatorMetrics;
  readonly runner: RunnerMetrics;
  readonly calls: CallMetrics;
  readonly engine: EngineMetrics;

  /** @param book the one of the system */
  constructor(book: PointBook) {
    this.coordinator = new CoordinatorMetrics(book);
    this.runner = new RunnerMetrics(book);
    this.calls = new CallMetrics(book);
    this.engine = new EngineMetrics(book);
  }

  /** The node has ended: nothing remains at a level other than zero. */
  close(): void {
    this.coordinator.ended();
    this.runner.left();
    this.engine.connectedIs(false);
  }
}
