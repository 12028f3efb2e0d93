import { connect } from "node:net";

const HOST = "localhost";
const PORT = 4318;
/** A port without a listener refuses at once; anything that takes longer may be a collector. */
const PATIENCE_MS = 500;
/** Variables that configure where spans are exported to. */
const CHOICES = [
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  "OTEL_TRACES_EXPORTER",
  "OTEL_SDK_DISABLED",
];

function isChosen(): boolean {
  return CHOICES.some((name) => (process.env[name] ?? "").trim() !== "");
}

function refusesConnections(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port: PORT });
    const end = (refuses: boolean): void => {
      socket.destroy();
      resolve(refuses);
    };
    socket.setTimeout(PATIENCE_MS, () => end(false));
    socket.once("connect", () => end(false)).once("error", () => end(true));
  });
}

/**
 * Where no collector listens, at the default address. Imported, and awaited, before the SDK, which reads the environment
 * when it starts: a first run of the demo has no collector, and would report failed exports for ever. The console still
 * gets the spans. Without a console the exporter stays on, because spans would not be recorded at all.
 */
export const missingCollector: string | undefined =
  process.env["LIMELIGHT_CONSOLE"] === "attach" && !isChosen() && (await refusesConnections())
    ? `http://${HOST}:${PORT}`
    : undefined;

if (missingCollector !== undefined) process.env["OTEL_TRACES_EXPORTER"] = "none";
