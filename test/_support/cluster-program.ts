import { writeSync } from "node:fs";
import { type NatsOptions, nats } from "../../src/cluster.ts";
import { createSystem, stopOnSignals } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { ledger } from "./cluster-ledger.ts";

/*
 * A runner of a cluster as a process of its own. Arguments: the options of the engine as JSON, the name, the duration of
 * leases. It writes a line when it takes actors, and ends in order at SIGTERM.
 */

const [options = "", name = "", leaseTtlMs = "2000"] = process.argv.slice(2);
const POLL_MS = 20;
const system = createSystem({
  name,
  actors: [ledger],
  engine: nats(JSON.parse(options) as NatsOptions),
  cluster: { name, leaseTtlMs: Number(leaseTtlMs) },
  logger: createLogger({ level: process.env["TEST_LOG_LEVEL"] ?? "silent" }),
});
stopOnSignals(system);

const timer = setInterval(() => {
  if (system.health().cluster?.isReady !== true) return;
  clearInterval(timer);
  writeSync(1, `${JSON.stringify({ ready: name })}\n`);
}, POLL_MS);
