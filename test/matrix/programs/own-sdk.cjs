// An application with an SDK of its own. `main.mjs` and `main.cjs` of a project call it with what they loaded.
module.exports = async function run({ limelight, telemetry, api, sdk, metrics }) {
  const { createSystem, defineActor } = limelight;
  const { NodeSDK } = sdk;
  const lines = [];
  const spans = [];
  const ended = {
    onStart() {},
    onEnd: (span) => spans.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  class Reader extends metrics.MetricReader {
    onForceFlush() {
      return Promise.resolve();
    }
    onShutdown() {
      return Promise.resolve();
    }
  }
  const reader = new Reader({ metricProducers: [telemetry.metricProducer()] });
  const own = new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [ended],
    metricReaders: [reader],
    logRecordProcessors: [],
    instrumentations: [],
  });
  own.start();

  const destination = { write: (line) => lines.push(JSON.parse(line)) };
  const system = createSystem({ logger: telemetry.createLogger({ destination }) });
  const greeter = defineActor("greeter", {
    handlers: {
      greet(c) {
        c.log.info("greeted");
        return "hello";
      },
    },
  });
  const desk = defineActor("desk", {
    handlers: {
      async order(c) {
        await Promise.resolve();
        return await c.state.greeter.ask.greet();
      },
    },
    state: () => ({ greeter: system.spawn(greeter) }),
  });
  const ref = system.spawn(desk);
  const tracer = api.trace.getTracer("application");
  const traceId = await tracer.startActiveSpan("request", async (span) => {
    await ref.ask.order();
    span.end();
    return span.spanContext().traceId;
  });
  const { resourceMetrics } = await reader.collect();
  const points = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  const pointsOf = (name) => points.find((metric) => metric.descriptor.name === name)?.dataPoints;
  await system.shutdown();
  await own.shutdown();
  process.stdout.write(
    JSON.stringify({
      spans: spans
        .filter((span) => span.spanContext().traceId === traceId)
        .map((span) => span.name)
        .sort(),
      started: pointsOf("actor.started")?.reduce((sum, { value }) => sum + value, 0),
      handled: pointsOf("actor.message.process.duration")?.reduce(
        (sum, { value }) => sum + value.count,
        0,
      ),
      logged: lines.find(({ msg }) => msg === "greeted")?.trace_id === traceId,
      // That the event loop was blocked is said of the machine: other processes run beside this one.
      warnings: lines
        .filter(({ level, warning }) => level >= 40 && warning !== "event_loop_blocked")
        .map(({ detail, msg }) => detail ?? msg),
    }),
  );
};
