import { writeSync } from "node:fs";
import { type NatsOptions, nats } from "../../src/cluster.ts";
import { createGateway } from "../../src/gateway.ts";
import { createSystem, stopOnSignals } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { channel, exposedChannel } from "./cluster-channel.ts";
import { quiet, report } from "./raw-report.ts";

/*
 * A runner of a cluster as a process of its own, with a gateway. Arguments: the options of the engine as JSON, the name, the
 * duration of leases. It writes a line with the address of its gateway when it takes actors, and ends in order at SIGTERM.
 */

const [options = "", name = "", leaseTtlMs = "2000"] = process.argv.slice(2);
const POLL_MS = 20;
const system = createSystem({
  name,
  actors: [channel, report, quiet],
  engine: nats(JSON.parse(options) as NatsOptions),
  cluster: { name, leaseTtlMs: Number(leaseTtlMs) },
  logger: createLogger({ level: process.env["TEST_LOG_LEVEL"] ?? "warn" }),
});
stopOnSignals(system);
const gateway = await createGateway(system, { actors: [exposedChannel], port: 0 });
process.once("disconnect", () => process.exit(1));
process.channel?.unref();

const timer = setInterval(() => {
  if (system.health().cluster?.isReady !== true) return;
  clearInterval(timer);
  writeSync(1, `${JSON.stringify({ level: "info", ready: name, gateway: gateway.url })}\n`);
}, POLL_MS);
