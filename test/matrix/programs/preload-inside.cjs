// An application that imports the preload, as a bundle does that has it inside.
module.exports = async function run({ preload, limelight }) {
  const { createSystem, defineActor } = limelight;
  const system = createSystem();
  const ref = system.spawn(defineActor("greeter", { handlers: { greet: () => "hello" } }));
  const greeted = await ref.ask.greet();
  const { state } = preload.telemetryStatus();
  await system.shutdown();
  await preload.stopTelemetry();
  process.stdout.write(`${JSON.stringify({ greeted, state })}\n`);
};
