import { writeSync } from "node:fs";
import { type NatsOptions, nats } from "../../src/cluster.ts";
import { createSystem, stopOnSignals } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";
import { ledger, unborn } from "./cluster-ledger.ts";
import { Ask } from "./cluster-process.ts";
import { reportOf } from "./node-report.ts";

/*
 * A runner of a cluster as a process of its own. Arguments: the options of the engine as JSON, the name, the duration of
 * leases. It writes a line when it takes actors, reports when it is asked by a message, ends in order at SIGTERM, and at once
 * when nobody could ask any more.
 */

const [options = "", name = "", leaseTtlMs = "2000"] = process.argv.slice(2);
const POLL_MS = 20;
const telemetry = inMemoryTelemetry();
const system = createSystem({
  name,
  actors: [ledger, unborn],
  engine: nats(JSON.parse(options) as NatsOptions),
  cluster: { name, leaseTtlMs: Number(leaseTtlMs) },
  metrics: { meterProvider: telemetry.meterProvider },
  logger: createLogger({ level: process.env["TEST_LOG_LEVEL"] ?? "info" }),
});
stopOnSignals(system);

process.on("unhandledRejection", (reason) => {
  const line = { level: "fatal", msg: "unhandled rejection", reason: String(reason) };
  writeSync(1, `${JSON.stringify(line)}\n`);
});
process.on("message", (ask: Ask) => {
  void answer(ask); // a rejection is found in the log
});
process.once("disconnect", () => process.exit(1));
process.channel?.unref();

async function answer(ask: Ask): Promise<void> {
  if (ask === Ask.Shutdown) await system.shutdown();
  const report = await reportOf(system, telemetry);
  process.send?.(report, () => {
    if (ask === Ask.Shutdown) process.exit(0);
  });
}

const timer = setInterval(() => {
  if (system.health().cluster?.isReady !== true) return;
  clearInterval(timer);
  writeSync(1, `${JSON.stringify({ level: "info", ready: name })}\n`);
}, POLL_MS);
