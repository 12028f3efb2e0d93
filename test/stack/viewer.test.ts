import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import {
  chooseTrace,
  openBrowser,
  openDashboard,
  readPanels,
  settle,
} from "../../tools/viewer/browser.ts";
import type { DashboardJson, PanelJson } from "../../tools/viewer/model/dashboard-json.ts";
import { serveDashboards, type Viewer } from "../../tools/viewer/serve-dashboards.ts";

const TRACE = "0123456789abcdef0123456789abcdef";
/** A name as somebody might choose it who wants a page to run it. */
const HOSTILE = "<img src=x onerror=document.title='run'>";

function panel(type: string, y: number, target: object, more: Partial<PanelJson> = {}): PanelJson {
  const place = { x: 0, y, w: 24, h: 6 };
  const targets = [{ refId: "A", legendFormat: "{{type}}", ...target }];
  return { id: y, type, title: `${type} ${y}`, gridPos: place, targets, ...more };
}

const dashboard: DashboardJson = {
  uid: "board",
  title: "Board",
  time: { from: "now-5m", to: "now" },
  templating: {
    list: [
      {
        type: "query",
        name: "job",
        query: "label_values(up, job)",
        multi: true,
        includeAll: true,
        allValue: ".+",
        current: { value: "$__all" },
      },
      { type: "textbox", name: "trace", query: "" },
    ],
  },
  panels: [
    panel("stat", 0, { expr: 'data{job=~"$job"}' }, { fieldConfig: { defaults: { unit: "s" } } }),
    panel("timeseries", 6, { expr: "data" }),
    panel("timeseries", 12, { expr: "nothing" }),
    panel("stat", 18, { expr: "wrong" }),
    panel("geomap", 24, { expr: "data" }),
    panel(
      "table",
      30,
      { query: "{}" },
      {
        datasource: { type: "tempo" },
        fieldConfig: {
          overrides: [
            {
              matcher: { id: "byRegexp", options: "/id/" },
              properties: [
                {
                  id: "links",
                  value: [{ url: ["/d/board?var-trace=$", "{__value.raw}"].join("") }],
                },
              ],
            },
          ],
        },
      },
    ),
    panel("traces", 36, { query: "$trace" }, { title: "Trace $trace" }),
    panel("logs", 42, { expr: '{a="b"} | trace_id=~"$trace.*"' }),
  ],
};

function prometheus(path: string, query: string): [status: number, body: object] {
  if (path.includes("/label/")) return [200, { data: ["shop", "bank"] }];
  if (query === "wrong") return [400, { status: "error", error: "parse error: no such thing" }];
  if (query === "nothing") return [200, { data: { result: [] } }];
  const now = Math.floor(Date.now() / 15_000) * 15;
  const values = [now - 30, now - 15, now].map((time) => [time, "0.25"]);
  return [200, { data: { result: [{ metric: { type: HOSTILE }, values }] } }];
}

function tempo(path: string): object {
  const startTimeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
  const span = {
    spanId: "00000000000000aa",
    name: "GET /here",
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano,
  };
  return path.endsWith("/search")
    ? { traces: [{ traceID: TRACE, rootTraceName: "GET /here", startTimeUnixNano }] }
    : { batches: [{ scopeSpans: [{ spans: [span] }] }] };
}

function loki(): object {
  const values = [[String(BigInt(Date.now()) * 1_000_000n), HOSTILE]];
  return { data: { result: [{ stream: { trace_id: TRACE, severity_number: "17" }, values }] } };
}

describe("the viewer's page in Chromium, with backends of the test", () => {
  const asked: URLSearchParams[] = [];
  const complaints: string[] = [];
  let folder: string;
  let backend: Server;
  let viewer: Viewer;
  let browser: Browser;
  let page: Page;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "limelight-viewer-"));
    writeFileSync(join(folder, "board.json"), JSON.stringify(dashboard));
    backend = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://backend");
      asked.push(searchParams);
      const query = searchParams.get("query") ?? "";
      const [status, body] = pathname.startsWith("/loki")
        ? [200, loki()]
        : pathname.startsWith("/api/v1/")
          ? prometheus(pathname, query)
          : [200, tempo(pathname)];
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    }).listen(0, "127.0.0.1");
    await once(backend, "listening");
    const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
    viewer = await serveDashboards({
      port: 0,
      folder,
      prometheusUrl: url,
      lokiUrl: url,
      tempoUrl: url,
    });
    browser = await openBrowser();
    page = await browser.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (/Content.Security/i.test(message.text())) complaints.push(message.text());
    });
    await openDashboard(page, `${viewer.url}/d/board?var-job=shop`);
  });
  after(async () => {
    await browser?.close();
    await viewer?.[Symbol.asyncDispose]();
    backend?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows data, the lack of it, and errors, each as what it is", async () => {
    const seen = (await readPanels(page)).map(({ title, state, problem }) => [
      title,
      state,
      problem,
    ]);

    assert.deepEqual(seen, [
      ["stat 0", "data", ""],
      ["timeseries 6", "data", ""],
      ["timeseries 12", "empty", ""],
      ["stat 18", "error", "parse error: no such thing"],
      ["geomap 24", "data", ""],
      ["table 30", "data", ""],
      ["Trace $trace", "empty", ""],
      ["logs 42", "data", ""],
    ]);
    assert.equal(await page.locator(".panel.stat strong").first().textContent(), "250 ms");
    assert.match(
      (await page.locator(".panel.geomap").textContent()) ?? "",
      /does not draw.*geomap/,
    );
  });

  it("asks with what the address chooses", () => {
    const queries = asked.map((parameters) => parameters.get("query"));

    assert.ok(queries.includes('data{job=~"shop"}'), queries.join("\n"));
  });

  it("asks with what is chosen on the page", async () => {
    await page.locator(".select > summary").click();
    await page.locator(".options label", { hasText: "bank" }).click();
    await page.waitForURL(/var-job=shop&var-job=bank/);

    await page.locator(".select > summary", { hasText: "shop, bank" }).waitFor();
    await settle(page);
    const queries = asked.map((parameters) => parameters.get("query"));
    assert.ok(queries.includes('data{job=~"(shop|bank)"}'), queries.join("\n"));
  });

  it("shows the spans and log lines of the trace that is clicked on", async () => {
    await chooseTrace(page, "GET /here");

    const states = (await readPanels(page)).map(({ title, state }) => `${title}: ${state}`);
    assert.ok(states.includes("Trace $trace: data"), states.join("\n"));
    assert.equal(await page.locator(".waterfall .name").textContent(), "GET /here");
    const queries = asked.map((parameters) => parameters.get("query"));
    assert.ok(queries.includes(`{a="b"} | trace_id=~"${TRACE}.*"`), queries.join("\n"));
  });

  it("shows names and lines as texts, whatever is in them, within its policy", async () => {
    assert.equal(await page.locator(".log .text").textContent(), HOSTILE);
    assert.equal(await page.locator(".legend td").first().textContent(), HOSTILE);
    assert.equal(await page.title(), "Board");
    assert.deepEqual(complaints, []);
  });
});
