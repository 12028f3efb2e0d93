import { writeSync } from "node:fs";
import { SamplingDecision } from "@opentelemetry/sdk-trace";
import { createSystem, openSqliteStore, stopOnSignals } from "../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../src/testing.ts";
import { openLedgers } from "./ledger-gateway.ts";

/*
 * A process with a gateway to ledgers, for tests that stop it under load. Arguments: directory of the store, port. It
 * tells its port and, when it has stopped in order, what it has counted.
 */

function tell(fact: unknown): void {
  writeSync(1, `${JSON.stringify(fact)}\n`);
}

const [directory = "", port = "0"] = process.argv.slice(2);
const telemetry = inMemoryTelemetry({
  sampler: { shouldSample: () => ({ decision: SamplingDecision.NOT_RECORD }) },
  logLevel: "silent",
});
const store = await openSqliteStore({ directory });
const system = createSystem({ store, ...telemetry.systemOptions });
const gateway = await openLedgers(system, Number(port));

/** Counts of a histogram by the value of an attribute. */
async function counts(name: string, attribute: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { attributes, value } of await telemetry.points(name)) {
    const key = String(attributes[attribute] ?? "none");
    found[key] = (found[key] ?? 0) + (typeof value === "number" ? value : value.count);
  }
  return found;
}

stopOnSignals({
  async shutdown() {
    await system.shutdown();
    expectBooks(system);
    tell({
      drained: await gateway.close(),
      statuses: await counts("http.server.request.duration", "http.response.status_code"),
    });
  },
});
tell({ port: gateway.port });
