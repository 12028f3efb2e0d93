import { writeSync } from "node:fs";
import { type NatsOptions, nats } from "../../src/cluster.ts";
import { createGateway } from "../../src/gateway.ts";
import { createSystem, stopOnSignals } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { channel, exposedChannel } from "./cluster-channel.ts";
import { quiet, report } from "./raw-report.ts";

/*
 * A runner of a cluster as a process of its own, with a gateway. Arguments: the options of the engine as JSON, the name and
 * the port of the gateway as `name@port`, the duration of leases. It writes a line when it takes actors, and ends in order at
 * SIGTERM.
 */

const [options = "", place = "", leaseTtlMs = "2000"] = process.argv.slice(2);
const [name = "", port = "0"] = place.split("@");
const POLL_MS = 20;
const system = createSystem({
  name,
  actors: [channel, report, quiet],
  engine: nats(JSON.parse(options) as NatsOptions),
  cluster: { name, leaseTtlMs: Number(leaseTtlMs) },
  logger: createLogger({ level: process.env["TEST_LOG_LEVEL"] ?? "warn" }),
});
stopOnSignals(system);
await createGateway(system, { actors: [exposedChannel], port: Number(port) });
process.once("disconnect", () => process.exit(1));
process.channel?.unref();

const timer = setInterval(() => {
  if (system.health().cluster?.isReady !== true) return;
  clearInterval(timer);
  writeSync(1, `${JSON.stringify({ level: "info", ready: name })}\n`);
}, POLL_MS);
