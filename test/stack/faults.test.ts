import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Stack } from "../_support/stack.ts";
import { reportingTo } from "../_support/stack-demo.ts";
import { askPanel, readPanels } from "../_support/stack-panels.ts";
import { eventually } from "../_support/stack-program.ts";
import type { Rule } from "../_support/stack-prometheus.ts";

const APPLICATION = join(import.meta.dirname, "../_support/stack-faults.ts");
const SERVICE = "limelight-faults";
/** The same, but for its traces, which go nowhere. */
const CUT_OFF = "limelight-cut-off";
/** Two jobs chosen at once. */
const BOTH = `${SERVICE}|${CUT_OFF}`;

/** VictoriaLogs takes this and drops it: it keeps a week. */
const TOO_OLD = '{"level":30,"time":1000000000000,"msg":"of the year 2001"}';
/** Prometheus takes totals only, no differences: the collector has to give this up. */
const REFUSED = {
  name: "a.difference",
  sum: {
    aggregationTemporality: 1, // delta
    isMonotonic: true,
    dataPoints: [{ timeUnixNano: `${Date.now()}000000`, asInt: "1" }],
  },
};

/** What has no data while all is well: of a panel that is quiet as a whole, any query. */
const quiet = (await readPanels()).filter(
  // Clusters have a test of their own.
  ({ name, quiet: isQuiet, quietQueries }) =>
    !name.startsWith("limelight-cluster: ") && (isQuiet || quietQueries.length > 0),
);

describe("collector, Prometheus, Jaeger and VictoriaLogs, when everything goes wrong", () => {
  let stack: Stack;
  let applications: readonly ChildProcess[];
  let rules: readonly Rule[];

  before(async () => {
    stack = await Stack.start();
    rules = await stack.prometheus.rules();
    appendFileSync(join(stack.local.logFolder, "old.ndjson"), `${TOO_OLD}\n`);
    await sendRefused();
    applications = [
      openApplication(SERVICE, {}),
      openApplication(CUT_OFF, {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/v1/traces",
        OTEL_EXPORTER_OTLP_TIMEOUT: "1000",
      }),
    ];
  });
  after(async () => {
    await closeApplications();
    await stack?.[Symbol.asyncDispose]();
  });

  function openApplication(service: string, environment: NodeJS.ProcessEnv): ChildProcess {
    const child = spawn(process.execPath, [APPLICATION], {
      env: { ...process.env, ...reportingTo(stack, service), ...environment },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const file = join(stack.local.logFolder, `${service}.ndjson`);
    child.stdout?.on("data", (text: Buffer) => appendFileSync(file, text));
    return child;
  }

  async function sendRefused(): Promise<void> {
    const resourceMetrics = [{ scopeMetrics: [{ metrics: [REFUSED] }] }];
    const answer = await fetch(`${stack.local.url("otlpHttp")}/v1/metrics`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceMetrics }),
    });
    assert.equal(answer.status, 200);
  }

  async function closeApplications(): Promise<void> {
    for (const child of applications ?? []) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "close");
    }
  }

  function raised(alert: string, service: string, time?: number): Promise<true> {
    const query = rules.find(({ name }) => name === alert)?.query ?? "";
    return eventually(`raised: ${alert}`, async () => {
      const found = await stack.prometheus.query(query, time);
      return found.some(({ metric }) => metric["service_name"] === service) ? true : undefined;
    });
  }

  it("has read every alert rule without an error", () => {
    assert.ok(rules.length >= 8, `${rules.length} rules`);
    assert.deepEqual(
      rules.filter(({ health, lastError }) => health === "err" || lastError !== undefined),
      [],
    );
  });

  for (const panel of quiet) {
    it(`fills the panel ${panel.name}`, async () => {
      const traceId = await failedTrace();
      await eventually("data", async () => {
        const found = await askPanel(stack, panel.json, { service: SERVICE, job: BOTH, traceId });
        const asked = panel.quiet
          ? found
          : found.filter(({ refId }) => panel.quietQueries.includes(refId));
        return asked.some(({ count }) => count > 0) ? true : undefined;
      });
    });
  }

  async function failedTrace(): Promise<string> {
    return eventually("a trace of a failed request", async () => {
      const [found] = await stack.jaeger.search({
        service: SERVICE,
        tags: { "request.failed": "true" },
      });
      return found;
    });
  }

  for (const alert of [
    "ActorDeadlock",
    "ActorHandlerStuck",
    "ActorMailboxNearLimit",
    "ActorRestartStorm",
    "ActorDeadLetters",
    "ActorEndStuck",
    "ActorQueueMessageSetAside",
    "ActorStoreFailing",
    "GatewayRequestsFailing",
    "GatewayAuthFailing",
  ]) {
    it(`raises ${alert}`, async () => {
      await raised(alert, SERVICE);
    });
  }

  it("raises TelemetryDropping about an application whose spans do not arrive", async () => {
    await raised("TelemetryDropping", CUT_OFF);
  });

  it("raises TelemetryDropping about a collector whose backend refuses what it sends", async () => {
    const query = rules.find(({ name }) => name === "TelemetryDropping")?.query ?? "";
    await eventually("raised: TelemetryDropping", async () => {
      const found = await stack.prometheus.query(query);
      return found.some(({ metric }) => metric["exporter"] === "otlp_http/prometheus") || undefined;
    });
  });

  it("raises LogLinesDropped about a line that is too old", async () => {
    const query = rules.find(({ name }) => name === "LogLinesDropped")?.query ?? "";
    await eventually("raised: LogLinesDropped", async () => {
      const found = await stack.prometheus.query(query);
      return found.some(({ metric }) => metric["reason"] === "too_small_timestamp") || undefined;
    });
  });

  // A bug of limelight's cannot be made: promtool's unit test stands for ActorTelemetryImbalance. Schedules that are late
  // for ten minutes would take as long; promtool's test stands for ActorSchedulesLate too.

  it("raises AppDown about an application that reports no more", async () => {
    await closeApplications();
    await raised("AppDown", SERVICE, Date.now() / 1_000 + 90);
  });

  it("raises CollectorDown", async () => {
    await stack.local.stop("collector");
    const query = rules.find(({ name }) => name === "CollectorDown")?.query ?? "";
    await eventually("raised: CollectorDown", async () =>
      (await stack.prometheus.query(query)).length === 1 ? true : undefined,
    );
  });
});
