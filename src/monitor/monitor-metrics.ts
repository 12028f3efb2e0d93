import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { Attribute, DeadLetterReason, DeadlockKind } from "../telemetry/attributes.ts";
import { Catalogue } from "../telemetry/catalogue.ts";
import type { ComputedPoint } from "../telemetry/metrics/point-book.ts";
import type { TypeMetrics } from "../telemetry/metrics/type-metrics.ts";

/** Values of the gauges, read at each collection. */
export interface MonitorLevels {
  deadlocks(): number;
  /** Number of stuck handlers by the metrics of their type. */
  stuck(): ReadonlyMap<TypeMetrics, number>;
}

/** The monitor's metrics of one system. Gauges are computed, so they never lag behind the end of an actor. */
export class MonitorMetrics {
  readonly #system: SystemRuntime;

  constructor(system: SystemRuntime, levels: MonitorLevels) {
    this.#system = system;
    for (const kind of Object.values(DeadlockKind)) {
      system.book.counter(Catalogue.Deadlocks, { [Attribute.DeadlockKind]: kind });
    }
    system.book.compute(() => this.#read(levels));
    // The runtime refuses an ask that could only be answered after its own handler: a deadlock of one actor.
    system.deadLetters.subscribe(({ reason }) => {
      if (reason === DeadLetterReason.SelfAsk) this.deadlock(DeadlockKind.Self);
    });
  }

  /** Counts a deadlock that has formed. */
  deadlock(kind: DeadlockKind): void {
    const attributes = { [Attribute.DeadlockKind]: kind };
    this.#system.book.counter(Catalogue.Deadlocks, attributes).value += 1;
  }

  *#read(levels: MonitorLevels): Generator<ComputedPoint> {
    const { DeadlockActive, ProcessStuck } = Catalogue;
    const value = levels.deadlocks();
    yield { metric: DeadlockActive, attributes: {}, key: DeadlockActive.name, value };
    const stuck = levels.stuck();
    for (const metrics of this.#system.typeMetrics()) {
      const { type, attributes } = metrics;
      const key = `${ProcessStuck.name}|${type}`;
      yield { metric: ProcessStuck, attributes, key, value: stuck.get(metrics) ?? 0 };
    }
  }
}
