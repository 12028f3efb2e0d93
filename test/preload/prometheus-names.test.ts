import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DataPointType, type MetricData } from "@opentelemetry/sdk-metrics";
import { labelName, labelsOf } from "../../src/preload/prometheus/prometheus-labels.ts";
import { prometheusName } from "../../src/preload/prometheus/prometheus-name.ts";

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
  it("keep the order of the attributes", () => {
    assert.equal(labelsOf({ "b.type": "b", a: 1 }, { le: "5" }), 'b_type="b",a="1",le="5"');
  });

  it("are joined when two keys would become one label, which Prometheus refuses", () => {
    const attributes = { http_method: "POST", "http.method": "GET", other: 1 };
    assert.equal(labelsOf(attributes), 'http_method="GET;POST",other="1"');
  });

  it("have valid names, regardless of the keys", () => {
    const keys = ["2xx", "", "le", "otel.scope.name", "__name__", "ü", "a-b", "\n"];
    const expected = [
      "key_2xx",
      "_",
      "exported_le",
      "exported_otel_scope_name",
      "_name_",
      "_",
      "a_b",
      "_",
    ];
    assert.deepEqual(keys.map(labelName), expected);
  });

  it("have a text for every value", () => {
    const attributes = {
      none: undefined,
      list: [1, "a"],
      symbol: Symbol("s"),
      code: () => 1,
      odd: { toJSON: () => undefined },
      big: 5n,
      get broken() {
        throw new Error("no");
      },
      text: 'a"b\\c\nd',
    } as never;
    assert.equal(
      labelsOf(attributes),
      'none="",list="[1,\\"a\\"]",symbol="Symbol(s)",code="[function]",odd="",big="5",broken="",text="a\\"b\\\\c\\nd"',
    );
  });
});
