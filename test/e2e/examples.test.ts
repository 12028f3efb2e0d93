import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";

const run = promisify(execFile);
const examples = join(import.meta.dirname, "../../examples");

it("examples/own-sdk.ts sends limelight's spans and metrics through the application's SDK", async () => {
  await using receiver = await OtlpReceiver.start();
  const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };

  const { stdout } = await run("node", [join(examples, "own-sdk.ts")], { env });

  assert.deepEqual(
    stdout.split("\n").filter((line) => !line.startsWith("{")),
    ["hello, world", "metrics seen", ""],
  );
  const [asked] = receiver.spans.filter(({ name }) => name === "ask greeter.greet");
  const [handled] = receiver.spans.filter(({ name }) => name === "greeter.greet");
  assert.equal(handled?.parentSpanId, asked?.spanId);
});
