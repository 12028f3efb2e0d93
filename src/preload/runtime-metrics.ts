import {
  constants,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
  performance,
} from "node:perf_hooks";
import { getHeapSpaceStatistics } from "node:v8";
import type { Attributes, Meter, Observable, ObservableResult } from "@opentelemetry/api";

/** Resolution of the event loop delay histogram. A coarse one, such as 5 s, hides all detail. */
const RESOLUTION_MS = 10;
/** Fewer samples of the event loop's delay are not reported. */
const MIN_SAMPLES = 5;
const NS_PER_S = 1_000_000_000;
const MS_PER_S = 1_000;
const GC_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const GC_TYPES: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"],
]);

/**
 * Reports the metrics of Node and V8 that OpenTelemetry's conventions define.
 *
 * `@opentelemetry/instrumentation-runtime-node` reports the same, but its base class hooks `require` when it
 * is created. Modules that are required before the application registers instrumentations of its own would
 * be remembered by that hook as unpatched.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/ | Node.js runtime metrics}
 */
export class RuntimeMetrics implements Disposable {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #collections: PerformanceObserver;
  readonly #resourceTypes = new Set<string>();
  #last = performance.eventLoopUtilization();
  #stopped = false;

  constructor(meter: Meter) {
    this.#delay.enable();
    this.#collections = observeCollections(meter);
    this.#reportDelays(meter);
    this.#reportTimes(meter);
    this.#reportHeap(meter);
    this.#reportResources(meter);
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#delay.disable();
    this.#collections.disconnect();
  }

  #reportDelays(meter: Meter): void {
    const histogram = this.#delay;
    const readings: readonly (readonly [string, string, () => number])[] = [
      ["min", "minimum", () => histogram.min],
      ["max", "maximum", () => histogram.max],
      ["mean", "mean", () => histogram.mean],
      ["stddev", "standard deviation", () => histogram.stddev],
      ["p50", "50 percentile", () => histogram.percentile(50)],
      ["p90", "90 percentile", () => histogram.percentile(90)],
      ["p99", "99 percentile", () => histogram.percentile(99)],
    ];
    const gauges = readings.map(([suffix, kind, read]) => {
      const description = `Event loop ${kind} delay.`;
      const options = { unit: "s", description };
      return [
        meter.createObservableGauge(`nodejs.eventloop.delay.${suffix}`, options),
        read,
      ] as const;
    });
    meter.addBatchObservableCallback(
      (result) => {
        if (this.#stopped || histogram.count < MIN_SAMPLES) return;
        for (const [gauge, read] of gauges) result.observe(gauge, secondsOf(read()));
        histogram.reset();
      },
      gauges.map(([gauge]) => gauge),
    );
  }

  #reportTimes(meter: Meter): void {
    const utilization = { unit: "1", description: "Event loop utilization." };
    this.#observe(
      meter.createObservableGauge("nodejs.eventloop.utilization", utilization),
      (result) => {
        const now = performance.eventLoopUtilization();
        result.observe(performance.eventLoopUtilization(now, this.#last).utilization);
        this.#last = now;
      },
    );
    const time = {
      unit: "s",
      description: "Cumulative duration of time the event loop has been in each state.",
    };
    this.#observe(meter.createObservableCounter("nodejs.eventloop.time", time), (result) => {
      const { active, idle } = performance.eventLoopUtilization();
      result.observe(active / MS_PER_S, { "nodejs.eventloop.state": "active" });
      result.observe(idle / MS_PER_S, { "nodejs.eventloop.state": "idle" });
    });
  }

  #reportHeap(meter: Meter): void {
    const unit = "By";
    const size = meter.createObservableUpDownCounter("v8js.memory.heap.space.size", {
      unit,
      description: "Total heap memory size pre-allocated for a heap space.",
    });
    const used = meter.createObservableGauge("v8js.memory.heap.used", {
      unit,
      description: "Heap Memory size allocated.",
    });
    const available = meter.createObservableGauge("v8js.memory.heap.space.available_size", {
      unit,
      description: "Heap space available size.",
    });
    const physical = meter.createObservableGauge("v8js.memory.heap.space.physical_size", {
      unit,
      description: "Committed size of a heap space.",
    });
    meter.addBatchObservableCallback(
      (result) => {
        if (this.#stopped) return;
        for (const space of getHeapSpaceStatistics()) {
          const attributes: Attributes = { "v8js.heap.space.name": space.space_name };
          result.observe(size, space.space_size, attributes);
          result.observe(used, space.space_used_size, attributes);
          result.observe(available, space.space_available_size, attributes);
          result.observe(physical, space.physical_space_size, attributes);
        }
      },
      [size, used, available, physical],
    );
  }

  #reportResources(meter: Meter): void {
    const active = meter.createObservableGauge("v8js.resource.active", {
      unit: "{resource}",
      description: "Count of the active resources that are currently keeping the event loop alive.",
    });
    this.#observe(active, (result) => {
      const counts = new Map<string, number>();
      for (const type of process.getActiveResourcesInfo()) {
        counts.set(type, (counts.get(type) ?? 0) + 1);
        this.#resourceTypes.add(type);
      }
      // A type that is gone is reported as 0, or its last value would stay.
      for (const type of this.#resourceTypes) {
        result.observe(counts.get(type) ?? 0, { "v8js.resource.type": type });
      }
    });
  }

  #observe(instrument: Observable, observe: (result: ObservableResult) => void): void {
    instrument.addCallback((result) => {
      if (!this.#stopped) observe(result);
    });
  }
}

/** An entry of type `gc`. */
interface CollectionEntry extends PerformanceEntry {
  readonly detail?: { readonly kind?: number };
}

/** Durations of garbage collections, by type. */
function observeCollections(meter: Meter): PerformanceObserver {
  const duration = meter.createHistogram("v8js.gc.duration", {
    unit: "s",
    description: "Garbage collection duration by kind, one of major, minor, incremental or weakcb.",
    advice: { explicitBucketBoundaries: GC_BUCKETS },
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as CollectionEntry[]) {
      const type = GC_TYPES.get(entry.detail?.kind);
      if (type !== undefined) duration.record(entry.duration / MS_PER_S, { "v8js.gc.type": type });
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return observer;
}

function secondsOf(ns: number): number {
  return Number.isNaN(ns) ? 0 : ns / NS_PER_S;
}
