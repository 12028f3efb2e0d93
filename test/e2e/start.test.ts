import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";

const ROOT = join(import.meta.dirname, "../..");
const DEMO = ["--json", "--port", "0", "--console-port", "0", "--rate", "5"];

describe("npm start", () => {
  it("passes the SIGTERM that npm gets to the demo, which stops with its load", {
    timeout: 60_000,
  }, async () => {
    const env = { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: "0" };
    const npm = spawn("npm", ["start", "--", ...DEMO], { cwd: ROOT, env, stdio: "pipe" });
    let stdout = "";
    const started = new Promise<void>((resolve) => {
      npm.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        if (stdout.includes('"msg":"demo started"')) resolve();
      });
    });
    npm.stderr.resume();
    // `close` is emitted when no process has the pipes open: neither the demo nor its load generator.
    const closed = once(npm, "close");
    await Promise.race([started, closed]);

    npm.kill("SIGTERM");
    await closed;

    assert.match(stdout, /"msg":"demo stopped"/);
  });
});
