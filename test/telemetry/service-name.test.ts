import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";

const logger = join(import.meta.dirname, "../../src/telemetry.ts");

/** The `service.name` of a line written in a process with these variables. */
function serviceName(env: NodeJS.ProcessEnv): unknown {
  const program = `import { createLogger } from ${JSON.stringify(logger)}; createLogger().info("x");`;
  const args = ["--input-type=module", "--eval", program];
  const line = execFileSync(process.execPath, args, { env: { PATH: process.env["PATH"], ...env } });
  return (JSON.parse(line.toString()) as Record<string, unknown>)["service.name"];
}

it("names the service on each line as OpenTelemetry's variables do", () => {
  assert.equal(serviceName({}), undefined);
  assert.equal(serviceName({ OTEL_SERVICE_NAME: "desk" }), "desk");
  assert.equal(
    serviceName({ OTEL_RESOURCE_ATTRIBUTES: "a=b, service.name=order%20desk" }),
    "order desk",
  );
  assert.equal(serviceName({ OTEL_RESOURCE_ATTRIBUTES: "service.name=100%" }), "100%");
});
