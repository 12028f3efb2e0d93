// An application without an SDK, for the preload. `main.mjs` and `main.cjs` of a project call it.
module.exports = async function run({ limelight, telemetry, api }) {
  const { createSystem, defineActor } = limelight;
  const lines = [];
  const destination = { write: (line) => lines.push(JSON.parse(line)) };
  const system = createSystem({ logger: telemetry.createLogger({ destination }) });
  const ref = system.spawn(
    defineActor("greeter", { handlers: { greet: (c) => void c.log.info("greeted") } }),
  );
  const tracer = api.trace.getTracer("application");
  const traceId = await tracer.startActiveSpan("request", async (span) => {
    await ref.ask.greet();
    span.end();
    return span.spanContext().traceId;
  });
  const metrics = await (await fetch(await telemetry.telemetryStatus().metricsBound)).text();
  await system.shutdown();
  await telemetry.stopTelemetry();
  process.stdout.write(
    JSON.stringify({
      traceId,
      started: /^actor_started_total\{[^}]*\} (\d+)/m.exec(metrics)?.[1],
      logged: lines.find(({ msg }) => msg === "greeted")?.trace_id === traceId,
      // That the event loop was blocked is said of the machine: other processes run beside this one.
      warnings: lines
        .filter(({ level, warning }) => level >= 40 && warning !== "event_loop_blocked")
        .map(({ detail, msg }) => detail ?? msg),
    }),
  );
};
