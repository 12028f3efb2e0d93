import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DataPointType, type MetricData } from "@opentelemetry/sdk-metrics";
import { distinctLabels } from "../../src/preload/prometheus-labels.ts";
import { prometheusName } from "../../src/preload/prometheus-name.ts";

function metric(name: string, unit: string, kind: "counter" | "updown" | "gauge" | "histogram") {
  const dataPointType = {
    counter: DataPointType.SUM,
    updown: DataPointType.SUM,
    gauge: DataPointType.GAUGE,
    histogram: DataPointType.HISTOGRAM,
  }[kind];
  const descriptor = { name, unit, description: "", valueType: 1 };
  return { descriptor, dataPointType, isMonotonic: kind === "counter" } as MetricData;
}

// As github.com/prometheus/otlptranslator names them, which Prometheus' OTLP receiver uses.
const NAMES: [string, ...Parameters<typeof metric>][] = [
  ["actor_message_wait_duration_seconds", "actor.message.wait.duration", "s", "histogram"],
  ["nodejs_eventloop_delay_p99_seconds", "nodejs.eventloop.delay.p99", "s", "gauge"],
  ["nodejs_eventloop_time_seconds_total", "nodejs.eventloop.time", "s", "counter"],
  ["nodejs_eventloop_utilization_ratio", "nodejs.eventloop.utilization", "1", "gauge"],
  ["v8js_memory_heap_used_bytes", "v8js.memory.heap.used", "By", "updown"],
  ["actor_mailbox_depth", "actor.mailbox.depth", "{message}", "updown"],
  ["actor_started_total", "actor.started", "{actor}", "counter"],
  ["job_time_milliseconds", "job.time", "ms", "gauge"],
  ["job_seconds", "job.seconds", "s", "gauge"],
  ["job_seconds_spent", "job.seconds.spent", "s", "gauge"],
  ["bytes_read_total", "bytes.read", "By", "counter"],
  ["jobs_total", "total.jobs.total", "", "counter"],
  ["jobs_total", "jobs.total", "", "counter"],
  ["jobs", "jobs", "1", "updown"],
  ["hits_ratio", "hits.ratio", "1", "gauge"],
  ["load_percent", "load", "%", "gauge"],
  ["traffic_bytes_per_second", "traffic", "By/s", "gauge"],
  ["requests_per_minute", "requests", "{request}/m", "gauge"],
  ["odd_furlongs", "odd", "furlongs", "gauge"],
  ["_2nd_level", "2nd-level", "", "gauge"],
  ["a_b_c", "a..b__c", "", "gauge"],
];

describe("the name of a metric on /metrics", () => {
  for (const [expected, ...parts] of NAMES) {
    const [name, unit, kind] = parts;
    it(`is ${expected} for the ${kind} ${name} in ${JSON.stringify(unit)}`, () => {
      assert.equal(prometheusName(metric(...parts)), expected);
    });
  }
});

describe("labels", () => {
  it("are left alone when no two keys meet", () => {
    const attributes = { "actor.type": "a", actor_kind: "b" };
    assert.equal(distinctLabels(attributes), attributes);
  });

  it("are joined when two keys would become one label, which Prometheus refuses", () => {
    const attributes = { "http.method": "GET", http_method: "POST", other: 1 };
    assert.deepEqual(distinctLabels(attributes), { http_method: "GET;POST", other: 1 });
  });
});
