import { type Board, line, numbers, type Row, tall } from "../board.ts";
import { SpanMetric } from "../foreign-metrics.ts";
import { gatewayRow } from "../gateway-row.ts";
import { heatmap, lines, stat, Unit } from "../panels.ts";
import { buckets, Label, orZero, quantileOf, rate, selectAny, share, sum } from "../promql.ts";
import { logs, trace, traceTable } from "../trace-panels.ts";
import { serviceVariable, traceVariable, typeVariable } from "../variables.ts";

// Span metrics come from the collector, which knows services but not the instances that Prometheus scrapes.
const SERVER = ['job=~"$job"', 'span_kind="SPAN_KIND_SERVER"'];
const INSIDE = [
  'job=~"$job"',
  'span_kind=~"SPAN_KIND_INTERNAL|SPAN_KIND_CONSUMER"',
  `${Label.Type}=~"$type"`,
];
const FAILED = 'status_code="STATUS_CODE_ERROR"';
const calls = selectAny(SpanMetric.Calls, ...SERVER);
const failedCalls = selectAny(SpanMetric.Calls, ...SERVER, FAILED);
const durations = selectAny(SpanMetric.DurationBucket, ...SERVER);
const inside = selectAny(SpanMetric.DurationBucket, ...INSIDE);
/** Note on the columns of the tables of traces. */
const NAMED = "Name and duration are those of the span that began first.";

const fine: Row = {
  title: "Is it fine?",
  lines: [
    numbers(
      stat({
        title: "Requests",
        description: "Answered requests, counted by the collector before sampling.",
        width: 6,
        unit: Unit.Requests,
        queries: [{ expr: sum(rate(calls)), legend: "requests" }],
      }),
      stat({
        title: "Failed",
        description: "Share of the requests whose span has the status ERROR.",
        width: 6,
        unit: Unit.Share,
        limits: { warn: 0.01, alarm: 0.05 },
        queries: [
          { expr: share(orZero(sum(rate(failedCalls))), sum(rate(calls))), legend: "failed" },
        ],
      }),
      stat({
        title: "Duration, p50",
        description: "Half of the requests took at most this long.",
        width: 6,
        unit: Unit.Seconds,
        limits: { warn: 0.5, alarm: 2 },
        queries: [{ expr: quantileOf(0.5, durations), legend: "p50" }],
      }),
      stat({
        title: "Duration, p99",
        description: "99 % of requests took at most this long.",
        width: 6,
        unit: Unit.Seconds,
        limits: { warn: 1, alarm: 5 },
        queries: [{ expr: quantileOf(0.99, durations), legend: "p99" }],
      }),
    ),
  ],
};

const which: Row = {
  title: "Which requests are slow, or fail?",
  lines: [
    line(
      lines({
        title: "Requests by route",
        description: "Rate of each route's server spans.",
        width: 8,
        unit: Unit.Requests,
        queries: [{ expr: sum(rate(calls), "span_name"), legend: "{{span_name}}" }],
      }),
      lines({
        title: "Failed requests by route",
        description: "Server spans with the status ERROR.",
        width: 8,
        unit: Unit.Requests,
        quiet: true,
        queries: [{ expr: sum(rate(failedCalls), "span_name"), legend: "{{span_name}}" }],
      }),
      lines({
        title: "Duration by route, p95",
        description:
          "95 % of requests took at most this long. A dot is one request; click it to open its trace.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          {
            expr: quantileOf(0.95, durations, "span_name"),
            legend: "{{span_name}}",
            exemplar: true,
          },
        ],
      }),
    ),
    line(
      heatmap({
        title: "Duration of requests",
        description:
          "Distribution of the durations. A dot is one request; click it to open its trace.",
        width: 12,
        expr: buckets(durations),
        exemplar: true,
      }),
      lines({
        title: "Slowest spans inside, p95",
        description:
          "The ten slowest asks, handlers and tasks of the selected types. Only traced messages are included.",
        width: 12,
        unit: Unit.Seconds,
        queries: [
          {
            expr: `topk(10, ${quantileOf(0.95, inside, "span_name")})`,
            legend: "{{span_name}}",
            exemplar: true,
          },
        ],
      }),
    ),
  ],
};

const traces: Row = {
  title: "Which one is worth a look?",
  lines: [
    line(
      traceTable({
        title: "Latest requests",
        description: `Traces of the selected service with a server span, newest first. Click a trace id to show the trace in the panels below. ${NAMED}`,
        width: 12,
        find: { tag: "span.kind", value: "server" },
      }),
      traceTable({
        title: "Failed requests",
        description: `Traces with a server span that has the status ERROR. The collector marks them with request.failed. ${NAMED}`,
        width: 12,
        quiet: true,
        find: { tag: "request.failed", value: "true" },
      }),
    ),
    line(
      traceTable({
        title: "Slow requests",
        description: `Traces with a server span of at least half a second. The collector marks them with request.slow. ${NAMED}`,
        width: 12,
        quiet: true,
        find: { tag: "request.slow", value: "true" },
      }),
      traceTable({
        title: "Traces with a failed span",
        description: `Traces in which any span has the status ERROR. The request itself may have succeeded. ${NAMED}`,
        width: 12,
        quiet: true,
        find: { tag: "error", value: "true" },
      }),
    ),
  ],
};

const one: Row = {
  title: "What did it do?",
  lines: [
    tall(
      trace({
        title: "Trace $trace",
        description:
          "Every actor, message and task of the request. Until a trace is selected, Grafana shows the error “traceID is empty” here.",
        width: 12,
        quiet: true,
        traceId: "$trace",
      }),
      logs({
        title: "Log lines of trace $trace",
        description:
          "Log lines of the request, oldest first. If no trace is selected, the newest lines of all traces.",
        width: 12,
        oldestFirst: true,
        expr: '{service.name=~"$job"} trace_id:~"^$trace"',
      }),
    ),
  ],
};

export const board: Board = {
  uid: "limelight-requests",
  title: "Requests",
  description: "External requests, each with its trace and its log lines.",
  variables: [typeVariable(), serviceVariable(), traceVariable()],
  rows: [fine, which, gatewayRow, traces, one],
};
