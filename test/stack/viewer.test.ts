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
/** Text that a page without care would run. */
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
      { type: "query", name: "service", query: "label_values(calls, service_name)" },
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
      { queryType: "search", service: "$service", tags: "error=true span.kind=server", limit: 5 },
      {
        datasource: { type: "jaeger" },
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
    panel("logs", 42, { expr: '{service.name=~"$job"} trace_id:~"^$trace"' }),
    panel("logs", 48, { expr: "wrong" }),
    panel("table", 54, { service: "unknown" }, { datasource: { type: "jaeger" } }),
  ],
};

type Answer = readonly [status: number, body: object | string];

function prometheus(path: string, query: string): Answer {
  if (path.includes("/label/")) return [200, { data: ["shop", "bank"] }];
  if (query === "wrong") return [400, { status: "error", error: "parse error: no such thing" }];
  if (query === "nothing") return [200, { data: { result: [] } }];
  const now = Math.floor(Date.now() / 15_000) * 15;
  const values = [now - 30, now - 15, now].map((time) => [time, "0.25"]);
  return [200, { data: { result: [{ metric: { type: HOSTILE }, values }] } }];
}

function jaeger(path: string, service: string | null): Answer {
  if (service === "unknown") {
    return [400, { data: null, errors: [{ code: 400, msg: "no such service" }] }];
  }
  const nowMs = Date.now();
  if (path === "/api/traces") {
    const span = {
      traceID: TRACE,
      spanID: "00000000000000aa",
      operationName: "GET /here",
      references: [],
      startTime: nowMs * 1_000,
      duration: 1_500,
      tags: [{ key: "error", type: "bool", value: true }],
      processID: "p1",
    };
    return [
      200,
      { data: [{ traceID: TRACE, spans: [span], processes: { p1: { serviceName: "bank" } } }] },
    ];
  }
  const startTimeUnixNano = `${nowMs}000000`;
  const span = {
    traceId: TRACE,
    spanId: "00000000000000aa",
    name: "GET /here",
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano,
  };
  return [200, { result: { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] } }];
}

function victoriaLogs(query: string): Answer {
  if (query === "wrong") return [400, "cannot parse query: unexpected token"];
  const _time = new Date().toISOString();
  return [
    200,
    `${JSON.stringify({ _time, _msg: HOSTILE, trace_id: TRACE, severity_number: "17" })}\n`,
  ];
}

function answerTo({ pathname, searchParams }: URL): Answer {
  const query = searchParams.get("query") ?? "";
  if (pathname.startsWith("/select/")) return victoriaLogs(query);
  if (pathname.startsWith("/api/v1/")) return prometheus(pathname, query);
  return jaeger(pathname, searchParams.get("service"));
}

describe("the viewer's page in Chromium, with backends of the test", () => {
  const asked: URL[] = [];
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
      const url = new URL(request.url ?? "/", "http://backend");
      asked.push(url);
      const [status, body] = answerTo(url);
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    }).listen(0, "127.0.0.1");
    await once(backend, "listening");
    const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
    viewer = await serveDashboards({
      port: 0,
      folder,
      prometheusUrl: url,
      jaegerUrl: url,
      victoriaLogsUrl: url,
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

  /** Values of the parameter `name` in all questions for `path` so far. */
  function parameters(path: string, name: string): (string | null)[] {
    return asked
      .filter(({ pathname }) => pathname === path)
      .map(({ searchParams }) => searchParams.get(name));
  }

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
      ["logs 48", "error", "cannot parse query: unexpected token"],
      ["table 54", "error", "no such service"],
    ]);
    assert.equal(await page.locator(".panel.stat strong").first().textContent(), "250 ms");
    assert.match(
      (await page.locator(".panel.geomap").textContent()) ?? "",
      /does not draw.*geomap/,
    );
  });

  it("asks with what the address chooses", () => {
    const queries = parameters("/api/v1/query_range", "query");

    assert.ok(queries.includes('data{job=~"shop"}'), queries.join("\n"));
  });

  it("searches the traces of the first service, and does not ask for a trace, until one is chosen", async () => {
    const search = asked.find(
      ({ pathname, searchParams }) =>
        pathname === "/api/traces" && searchParams.get("service") === "bank",
    );
    assert.deepEqual(JSON.parse(search?.searchParams.get("tags") ?? "null"), {
      error: "true",
      "span.kind": "server",
    });
    assert.equal(await page.locator(".panel.traces .message").textContent(), "No trace is chosen.");
    assert.ok(!asked.some(({ pathname }) => pathname.startsWith("/api/v3/")));
  });

  it("asks with what is chosen on the page", async () => {
    const job = page.locator(".variable", { hasText: "job" });
    await job.locator("summary").click();
    await job.locator(".options label", { hasText: "bank" }).click();
    await page.waitForURL(/var-job=shop&var-job=bank/);

    await job.locator("summary", { hasText: "shop, bank" }).waitFor();
    await settle(page);
    const queries = parameters("/api/v1/query_range", "query");
    assert.ok(queries.includes('data{job=~"(shop|bank)"}'), queries.join("\n"));
  });

  it("has one choice for a variable that is not of several", async () => {
    const service = page.locator(".variable", { hasText: "service" });
    await service.locator("summary").click();
    assert.deepEqual(await service.locator("label").allTextContents(), ["bank", "shop"]);
    await service.locator("label", { hasText: "shop" }).click();
    await page.waitForURL(/var-service=shop/);

    await service.locator("summary", { hasText: /^shop$/ }).waitFor();
    await settle(page);
    assert.ok(parameters("/api/traces", "service").includes("shop"));
  });

  it("shows the spans and log lines of the trace that is clicked on", async () => {
    await chooseTrace(page, "GET /here");

    const states = (await readPanels(page)).map(({ title, state }) => `${title}: ${state}`);
    assert.ok(states.includes("Trace $trace: data"), states.join("\n"));
    assert.equal(await page.locator(".waterfall .name").textContent(), "GET /here");
    const queries = parameters("/select/logsql/query", "query");
    assert.ok(queries.includes(`{service.name=~".+"} trace_id:~"^${TRACE}"`), queries.join("\n"));
  });

  it("shows names and lines as texts, regardless of what is in them, within its policy", async () => {
    assert.equal(await page.locator(".log .text").textContent(), HOSTILE);
    assert.equal(await page.locator(".legend td").first().textContent(), HOSTILE);
    assert.equal(await page.title(), "Board");
    assert.deepEqual(complaints, []);
  });
});
