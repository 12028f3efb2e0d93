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

/** Queries for spans, log lines and metric points, grouped by the collector's component. */
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
        description:
          "Utilization of the event loop. Near 100 %, all work of its process waits for the CPU.",
        width: 4,
        unit: Unit.Share,
        limits: { warn: 0.7, alarm: 0.9 },
        queries: [{ expr: max(select(NodeMetric.LoopUtilization)), legend: "busy" }],
      }),
      stat({
        title: "Event loop delay, p99",
        description: "Delay of timers in the worst process.",
        width: 4,
        unit: Unit.Seconds,
        limits: { warn: 0.05, alarm: 0.2 },
        queries: [{ expr: max(select(NodeMetric.LoopDelayP99)), legend: "delay" }],
      }),
      stat({
        title: "Heap used",
        description: "V8's heap, the sum of all selected processes.",
        width: 4,
        unit: Unit.Bytes,
        queries: [{ expr: sum(select(NodeMetric.HeapUsed)), legend: "heap" }],
      }),
      stat({
        title: "Spans lost by the application",
        description:
          "Spans dropped from a full queue or not accepted by the collector, within the time range.",
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
        title: "Lost in the pipeline",
        description:
          "Spans, log lines and metric points that the collector gave up, and log lines that VictoriaLogs dropped, within the time range.",
        width: 4,
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [{ expr: lostBehindTheApplication, legend: "lost" }],
      }),
      stat({
        title: "Imbalances",
        description:
          "Gauges that would have become negative, within the time range. Each is a bug in limelight.",
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
        description: "Share of the time in which the event loop ran code and was not idle.",
        width: 8,
        unit: Unit.Share,
        queries: [
          { expr: max(select(NodeMetric.LoopUtilization), "instance"), legend: BY_INSTANCE },
        ],
      }),
      lines({
        title: "Event loop delay",
        description: "Delay of timers, caused by code that blocks the event loop.",
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
        description:
          "Share of the time, by kind. A high share of major collections means that the heap is nearly full.",
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
          "Heap in use, and heap reserved from the system. A sawtooth is healthy; rising minima indicate a leak.",
        width: 8,
        unit: Unit.Bytes,
        queries: [
          { expr: sum(select(NodeMetric.HeapUsed), "instance"), legend: `used ${BY_INSTANCE}` },
          { expr: sum(select(NodeMetric.HeapSize), "instance"), legend: `size ${BY_INSTANCE}` },
        ],
      }),
      lines({
        title: "Pauses of the garbage collection, p99",
        description:
          "99 % of collections took at most this long. No other code runs during a pause.",
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
        description:
          "Open sockets, timers and requests, by kind. A line that only rises is a leak.",
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
        description:
          "Above zero: spans accepted by the collector. Below zero: lost spans, by reason.",
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
        description: "How full the queue is. At 100 %, spans are dropped, counted and reported.",
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
        title: "Spans in flight",
        description:
          "Spans passed to the exporter and not yet answered. If the line only rises, the collector is slow or unavailable.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(select(SdkMetric.InFlight), "instance"), legend: BY_INSTANCE }],
      }),
    ),
    line(
      lines({
        title: "Names over the limit",
        description:
          "Actor types, messages, tasks or errors reported as _OTHER. Check whether names contain ids.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(of("Overflow"), "instance"), legend: BY_INSTANCE }],
      }),
      lines({
        title: "Telemetry imbalances",
        description:
          "Each one is a bug in limelight. The log line telemetry.imbalance names the metric.",
        width: 8,
        unit: Unit.Count,
        queries: [{ expr: sum(increase(of("Imbalances")), "instance"), legend: BY_INSTANCE }],
      }),
      table({
        title: "Series by metric",
        description:
          "Number of series of each limelight metric. This is what the telemetry costs the backend.",
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
        description: "Items accepted by the collector, by receiver.",
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
        description: "Items accepted by the backends, by exporter.",
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
          "How full the queues are. They fill while a backend is unavailable. At 100 %, new items are lost.",
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
          "Items the collector did not accept, mostly for lack of memory. Senders retry.",
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
          "Items that a backend did not accept, or that did not fit into its queue. VictoriaLogs itself drops log lines that are too old or too new.",
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
        description:
          "Resident memory. The collector's memory_limiter refuses data at 75 % of the container's limit.",
        width: 6,
        unit: Unit.Bytes,
        queries: [{ expr: sum(selectAny(CollectorMetric.Memory), "job"), legend: "{{job}}" }],
      }),
      lines({
        title: "Scrapes",
        description: "Duration of each target's scrape. 0 up means that the scrape failed.",
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
  description:
    "The processes that run the actors, and the path of their telemetry to the backends.",
  variables: [],
  rows: [fine, node, application, collector],
};
