import { type Board, line, numbers, type Row } from "../board.ts";
import {
  CollectorMetric,
  LogStoreMetric,
  NodeMetric,
  PrometheusMetric,
  SdkMetric,
} from "../foreign-metrics.ts";
import type { Series } from "../metric-names.ts";
import { lines, type Query, stat, table, Unit } from "../panels.ts";
import {
  increase,
  max,
  of,
  orZero,
  quantileOf,
  rate,
  select,
  selectAny,
  share,
  sum,
  WITH_ERROR,
} from "../promql.ts";

const BY_INSTANCE = "{{instance}}";

/** Spans, log lines and metric points beside each other, by the collector's part they pass. */
function bySignal(part: string, spans: Series, logLines: Series, points: Series): Query[] {
  const named = { spans, "log lines": logLines, points };
  return Object.entries(named).map(([what, series]) => ({
    expr: sum(rate(selectAny(series)), part),
    legend: `${what} {{${part}}}`,
  }));
}

const lostBehindTheApplication = [CollectorMetric.FailedSpans, CollectorMetric.LostSpans]
  .concat(CollectorMetric.FailedLogs, CollectorMetric.LostLogs)
  .concat(CollectorMetric.FailedPoints, CollectorMetric.LostPoints)
  .concat(LogStoreMetric.Dropped)
  .map((series) => orZero(sum(increase(selectAny(series)))))
  .join(" + ");

const fine: Row = {
  title: "Is it fine?",
  lines: [
    numbers(
      stat({
        title: "Busiest event loop",
        description: "How busy it is. Near 100 %, everything in its process waits for the CPU.",
        width: 4,
        unit: Unit.Share,
        limits: { warn: 0.7, alarm: 0.9 },
        queries: [{ expr: max(select(NodeMetric.LoopUtilization)), legend: "busy" }],
      }),
      stat({
        title: "Event loop delay, p99",
        description: "By how much timers came late, in the worst process.",
        width: 4,
        unit: Unit.Seconds,
        limits: { warn: 0.05, alarm: 0.2 },
        queries: [{ expr: max(select(NodeMetric.LoopDelayP99)), legend: "delay" }],
      }),
      stat({
        title: "Heap used",
        description: "V8's heap, all chosen processes together.",
        width: 4,
        unit: Unit.Bytes,
        queries: [{ expr: sum(select(NodeMetric.HeapUsed)), legend: "heap" }],
      }),
      stat({
        title: "Spans lost by the application",
        description:
          "Dropped from a full queue, or not taken by the collector, within the time range.",
        width: 4,
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [
          {
            expr: [SdkMetric.Processed, SdkMetric.Exported]
              .map((series) => orZero(sum(increase(select(series, WITH_ERROR)))))
              .join(" + "),
            legend: "lost",
          },
        ],
      }),
      stat({
        title: "Lost on the way",
        description:
          "Spans, log lines and points that the collector gave up, and log lines that VictoriaLogs dropped, within the time range.",
        width: 4,
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [{ expr: lostBehindTheApplication, legend: "lost" }],
      }),
      stat({
        title: "Imbalances",
        description:
          "Gauges that would have become negative, within the time range: bugs of limelight.",
        width: 4,
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [{ expr: sum(increase(of("Imbalances"))), legend: "imbalances" }],
      }),
    ),
  ],
};

const node: Row = {
  title: "Does Node keep up?",
  lines: [
    line(
      lines({
        title: "Event loop busy",
        description:
          "Share of the time in which the loop ran code instead of waiting for something to do.",
        width: 8,
        unit: Unit.Share,
        queries: [
          { expr: max(select(NodeMetric.LoopUtilization), "instance"), legend: BY_INSTANCE },
        ],
      }),
      lines({
        title: "Event loop delay",
        description:
          "By how much timers came late: the longest stretch of code that let nothing else run.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          { expr: max(select(NodeMetric.LoopDelayP50), "instance"), legend: `p50 ${BY_INSTANCE}` },
          { expr: max(select(NodeMetric.LoopDelayP99), "instance"), legend: `p99 ${BY_INSTANCE}` },
          { expr: max(select(NodeMetric.LoopDelayMax), "instance"), legend: `max ${BY_INSTANCE}` },
        ],
      }),
      lines({
        title: "Time in garbage collection",
        description: "Share of the time, by kind. Much of major: the heap is nearly full.",
        width: 8,
        unit: Unit.Share,
        queries: [
          {
            expr: sum(rate(select(NodeMetric.GcSum)), "instance", "v8js_gc_type"),
            legend: `{{v8js_gc_type}} ${BY_INSTANCE}`,
          },
        ],
      }),
    ),
    line(
      lines({
        title: "Heap",
        description:
          "Used, and taken from the system. A sawtooth is healthy; feet that rise are a leak.",
        width: 8,
        unit: Unit.Bytes,
        queries: [
          { expr: sum(select(NodeMetric.HeapUsed), "instance"), legend: `used ${BY_INSTANCE}` },
          { expr: sum(select(NodeMetric.HeapSize), "instance"), legend: `size ${BY_INSTANCE}` },
        ],
      }),
      lines({
        title: "Pauses of the garbage collection, p99",
        description: "99 of 100 collections took at most so long; nothing else ran meanwhile.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          {
            expr: quantileOf(0.99, select(NodeMetric.GcBucket), "v8js_gc_type"),
            legend: "{{v8js_gc_type}}",
          },
        ],
      }),
      lines({
        title: "What keeps the event loop alive",
        description: "Open sockets, timers and requests, by kind. Only rising is a leak.",
        width: 8,
        unit: Unit.Count,
        queries: [
          {
            expr: sum(select(NodeMetric.Resources), "v8js_resource_type"),
            legend: "{{v8js_resource_type}}",
          },
        ],
      }),
    ),
  ],
};

const application: Row = {
  title: "Does the application's telemetry leave it?",
  lines: [
    line(
      lines({
        title: "Spans exported and lost",
        description: "Taken by the collector above zero; lost below, by the reason.",
        width: 8,
        unit: Unit.PerSecond,
        below: [1, 2],
        queries: [
          { expr: sum(rate(select(SdkMetric.Exported, 'error_type=""'))), legend: "exported" },
          {
            expr: sum(rate(select(SdkMetric.Exported, WITH_ERROR)), "error_type"),
            legend: "not taken: {{error_type}}",
            quiet: true,
          },
          {
            expr: sum(rate(select(SdkMetric.Processed, WITH_ERROR)), "error_type"),
            legend: "dropped: {{error_type}}",
          },
        ],
      }),
      lines({
        title: "Queue of spans",
        description: "How full it is. At 100 % spans are dropped, counted and reported.",
        width: 8,
        unit: Unit.Share,
        queries: [
          {
            expr: share(
              sum(select(SdkMetric.QueueSize), "instance"),
              sum(select(SdkMetric.QueueCapacity), "instance"),
            ),
            legend: BY_INSTANCE,
          },
        ],
      }),
      lines({
        title: "Spans under way",
        description:
          "Handed to the exporter, not yet answered. Only rising: the collector is slow or away.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(select(SdkMetric.InFlight), "instance"), legend: BY_INSTANCE }],
      }),
    ),
    line(
      lines({
        title: "Names that were too many",
        description:
          "Actor types, messages, tasks or errors reported as _OTHER. Are names made of ids?",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(of("Overflow"), "instance"), legend: BY_INSTANCE }],
      }),
      lines({
        title: "Imbalances of the books",
        description:
          "Each one is a bug of limelight; the log line telemetry.imbalance names the metric.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(increase(of("Imbalances")), "instance"), legend: BY_INSTANCE }],
      }),
      table({
        title: "Series by metric",
        description:
          "How many series each metric of limelight has: what the telemetry costs the backend.",
        width: 8,
        unit: Unit.Count,
        queries: [
          {
            expr: 'count by (__name__) ({__name__=~"actor_.+", job=~"$job", instance=~"$instance"})',
            legend: "{{__name__}}",
          },
        ],
      }),
    ),
  ],
};

const collector: Row = {
  title: "Does the collector pass it on?",
  lines: [
    line(
      lines({
        title: "Received",
        description: "What the collector took in, by receiver.",
        width: 8,
        unit: Unit.PerSecond,
        queries: bySignal(
          "receiver",
          CollectorMetric.AcceptedSpans,
          CollectorMetric.AcceptedLogs,
          CollectorMetric.AcceptedPoints,
        ),
      }),
      lines({
        title: "Sent",
        description: "What the backends took, by exporter.",
        width: 8,
        unit: Unit.PerSecond,
        queries: bySignal(
          "exporter",
          CollectorMetric.SentSpans,
          CollectorMetric.SentLogs,
          CollectorMetric.SentPoints,
        ),
      }),
      lines({
        title: "Queues of the exporters",
        description:
          "How full they are. They fill while a backend is away, and at 100 % lose what comes.",
        width: 8,
        unit: Unit.Share,
        queries: [
          {
            expr: share(
              sum(selectAny(CollectorMetric.QueueSize), "exporter"),
              sum(selectAny(CollectorMetric.QueueCapacity), "exporter"),
            ),
            legend: "{{exporter}}",
          },
        ],
      }),
    ),
    line(
      lines({
        title: "Refused",
        description:
          "What the collector did not take in, mostly for want of memory; senders try again.",
        width: 6,
        unit: Unit.PerSecond,
        queries: bySignal(
          "receiver",
          CollectorMetric.RefusedSpans,
          CollectorMetric.RefusedLogs,
          CollectorMetric.RefusedPoints,
        ),
      }),
      lines({
        title: "Given up",
        description:
          "What a backend did not take, or did not fit into the queue for it. Log lines that are too old or too new are dropped by VictoriaLogs itself.",
        width: 6,
        unit: Unit.PerSecond,
        quiet: true,
        queries: [
          ...bySignal(
            "exporter",
            CollectorMetric.FailedSpans,
            CollectorMetric.FailedLogs,
            CollectorMetric.FailedPoints,
          ),
          ...bySignal(
            "exporter",
            CollectorMetric.LostSpans,
            CollectorMetric.LostLogs,
            CollectorMetric.LostPoints,
          ),
          {
            expr: sum(rate(selectAny(LogStoreMetric.Dropped)), "reason"),
            legend: "log lines {{reason}}",
          },
        ],
      }),
      lines({
        title: "Memory of the collector",
        description: "Resident. Its memory_limiter refuses at 75 % of what the container may have.",
        width: 6,
        unit: Unit.Bytes,
        queries: [{ expr: sum(selectAny(CollectorMetric.Memory), "job"), legend: "{{job}}" }],
      }),
      lines({
        title: "Scrapes",
        description: "How long Prometheus took to read each target; 0 up means that it could not.",
        width: 6,
        unit: Unit.Seconds,
        queries: [
          { expr: max(selectAny(PrometheusMetric.ScrapeDuration), "job"), legend: "{{job}}" },
          { expr: `min by (job) (${selectAny(PrometheusMetric.Up)})`, legend: "{{job}} up" },
        ],
      }),
    ),
  ],
};

export const board: Board = {
  uid: "limelight-runtime",
  title: "Node runtime and pipeline health",
  description: "The processes under the actors, and the way of their telemetry to the backends.",
  variables: [],
  rows: [fine, node, application, collector],
};
