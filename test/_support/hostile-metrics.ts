/** The source of an application whose metrics are not what OpenTelemetry wants; `url` is its page. */
export const HOSTILE_REPORTS = `
  import { metrics } from "@opentelemetry/api";
  import { createSystem, defineActor } from "limelight";
  import { telemetryStatus } from "limelight/telemetry";
  const ref = createSystem().spawn(defineActor("w", { handlers: { work: () => 1 } }));
  await ref.ask.work();
  const meter = metrics.getMeter("app");
  const counter = meter.createCounter("http.responses");
  const histogram = meter.createHistogram("app.duration");
  const hostile = [
    { "2xx": "yes" }, { "": "empty" }, { le: "5" }, { "otel_scope_name": "mine" }, { __name__: "other" },
    { "otel.scope.version": "9" }, { "a.b": 1, a_b: 2 }, { "ä": "ü" }, { quantile: "0.5" },
    { a: Symbol("s") }, { a: () => 1 }, { a: { toJSON: () => undefined } }, { a: 5n }, { a: null },
    { a: "line\\nbreak \\\\ \\"quoted\\" \\r \\u0000 \\ud800" }, { get a() { throw new Error("no"); } },
    { a: new Proxy({}, { get() { throw new Error("no"); }, ownKeys() { throw new Error("no"); } }) },
    { a: "x".repeat(10_000) },
  ];
  for (const attributes of hostile) {
    try { counter.add(1, attributes); histogram.record(1, attributes); } catch (error) {}
  }
  const values = [Number.NaN, Infinity, -Infinity, "text", Symbol("s"), 5n, () => 1, {}, -0, 1e300];
  values.forEach((value, at) => {
    meter.createObservableGauge("gauge" + at).addCallback((result) => result.observe(value));
  });
  meter.createObservableGauge("broken").addCallback(() => { throw new Error("no"); });
  // The same point twice, once its labels are made: and names that others have already.
  counter.add(1, { "c.d": "x" }); counter.add(1, { c_d: "x" });
  const second = metrics.getMeter("second", "1.0");
  second.createCounter("http.responses", { description: "other" }).add(1);
  second.createHistogram("http.responses.total").record(1);
  second.createGauge("app.duration.count").record(1);
  second.createCounter("actor.started").add(5);
  second.createHistogram("actor.started.total").record(5);
  second.createGauge("target_info").record(5);
  second.createHistogram("actor.active").record(5);
  const url = await telemetryStatus().metricsBound;
`;

/** Such an application that writes its page to stdout, and ends. */
export const HOSTILE_METRICS: string = `
  ${HOSTILE_REPORTS}
  const answer = await fetch(url);
  console.log(JSON.stringify({ status: answer.status, page: await answer.text() }));
  process.exit();
`;
