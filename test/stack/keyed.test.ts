import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gatewayRow } from "../../tools/grafana/gateway-row.ts";
import { keyedRow } from "../../tools/grafana/keyed-row.ts";
import { storageRow } from "../../tools/grafana/storage-row.ts";
import { Stack } from "../_support/stack.ts";
import { reportingTo } from "../_support/stack-demo.ts";
import { askPanel, readPanels } from "../_support/stack-panels.ts";
import { eventually } from "../_support/stack-program.ts";

const APPLICATION = join(import.meta.dirname, "../_support/stack-keyed.ts");
const SERVICE = "limelight-keyed";

const titles = new Set(
  [gatewayRow, keyedRow, storageRow].flatMap(({ lines }) =>
    lines.flatMap(({ cells }) => cells.map(({ panel }) => panel.title ?? "")),
  ),
);
const panels = (await readPanels()).filter(({ json, quiet }) => !quiet && titles.has(json.title));

describe("the stack, with an application of keyed actors in which all is well", () => {
  let stack: Stack;
  let application: ChildProcess;
  const directory = mkdtempSync(join(tmpdir(), "limelight-keyed-"));

  before(async () => {
    stack = await Stack.start();
    application = spawn(process.execPath, [APPLICATION, directory], {
      env: { ...process.env, ...reportingTo(stack, SERVICE) },
      stdio: "ignore",
    });
  });
  after(async () => {
    application?.kill("SIGKILL");
    if (application !== undefined) await once(application, "close");
    await stack?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  it("has panels for them", () => {
    assert.ok(panels.length > 15, `${panels.length} panels`);
  });

  for (const { name, json, quietQueries } of panels) {
    it(`fills the panel ${name}`, async () => {
      await eventually("data of every query", async () => {
        const found = await askPanel(stack, json, { service: SERVICE, traceId: "" });
        const empty = found.filter(
          ({ refId, count }) => count === 0 && !quietQueries.includes(refId),
        );
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
