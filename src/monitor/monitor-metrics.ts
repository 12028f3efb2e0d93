import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { Attribute, DeadLetterReason, DeadlockKind } from "../telemetry/attributes.ts";
import { Catalogue } from "../telemetry/catalogue.ts";
import type { ComputedPoint } from "../telemetry/point-book.ts";
import type { TypeMetrics } from "../telemetry/type-metrics.ts";

/** What the gauges ask when somebody reads them. */
export interface MonitorLevels {
  deadlocks(): number;
  /** Stuck handlers by the metrics of their type. */
  stuck(): ReadonlyMap<TypeMetrics, number>;
}

/** The monitor's metrics of one system. Gauges are computed: they cannot lag behind an actor's end. */
export class MonitorMetrics {
  readonly #system: SystemRuntime;

  constructor(system: SystemRuntime, levels: MonitorLevels) {
    this.#system = system;
    for (const kind of Object.values(DeadlockKind)) {
      system.book.counter(Catalogue.Deadlocks, { [Attribute.DeadlockKind]: kind });
    }
    system.book.compute(() => this.#read(levels));
    // The runtime refuses an ask that could only be answered after itself: a deadlock of one.
    system.deadLetters.subscribe(({ reason }) => {
      if (reason === DeadLetterReason.SelfAsk) this.deadlock(DeadlockKind.Self);
    });
  }

  /** Counts one that has formed. */
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
