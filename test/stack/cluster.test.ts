import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Stack } from "../_support/stack.ts";
import { reportingTo } from "../_support/stack-demo.ts";
import { askPanel, readPanels } from "../_support/stack-panels.ts";
import { eventually } from "../_support/stack-program.ts";

const APPLICATION = join(import.meta.dirname, "../_support/stack-cluster.ts");
const SERVICE = "limelight-cluster";
/** Panels and queries of faults, of which this cluster has none. */
const OF_FAULTS: Readonly<Record<string, readonly string[]>> = {
  "Time of a failover, p99": ["A"],
  "Requests for placements": ["B"],
  "Fences, drains and terms": ["A"],
  "Faults of engines by kind": ["A"],
  "Unconfirmed writes by what was found out": ["A"],
  "Dead letters, and heartbeats": ["A"],
};

const panels = (await readPanels()).filter(({ name }) => name.startsWith("limelight-cluster: "));

describe("the stack, with a cluster whose nodes come and go", () => {
  let stack: Stack;
  let application: ChildProcess;

  before(async () => {
    stack = await Stack.start();
    application = spawn(process.execPath, [APPLICATION], {
      env: { ...process.env, ...reportingTo(stack, SERVICE) },
      stdio: "ignore",
    });
  });
  after(async () => {
    application?.kill("SIGKILL");
    if (application !== undefined) await once(application, "close");
    await stack?.[Symbol.asyncDispose]();
  });

  it("has panels for it", () => {
    assert.ok(panels.length > 20, `${panels.length} panels`);
  });

  for (const { name, json } of panels) {
    const ofFaults = OF_FAULTS[json.title] ?? [];
    it(`fills the panel ${name}`, async () => {
      await eventually("data of every query", async () => {
        const found = await askPanel(stack, json, { service: SERVICE, traceId: "" });
        const empty = found.filter(({ refId, count }) => count === 0 && !ofFaults.includes(refId));
        return empty.length === 0 ? true : undefined;
      });
    });
  }

  it("raises no alert", async () => {
    const rules = await stack.prometheus.rules();
    const raised: string[] = [];
    for (const { name, query } of rules) {
      if ((await stack.prometheus.query(query)).length > 0) raised.push(name);
    }

    assert.deepEqual(raised, []);
  });
});
