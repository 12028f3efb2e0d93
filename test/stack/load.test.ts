import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Books } from "../../src/index.ts";
import { order, traceIdOf } from "../_support/demo-client.ts";
import type { DemoProcess, LogLine } from "../_support/demo-process.ts";
import { Stack } from "../_support/stack.ts";
import { closeDemo, openDemo, putUnderLoad } from "../_support/stack-demo.ts";
import { askPanel, type Found, type Panel, readPanels } from "../_support/stack-panels.ts";
import { eventually } from "../_support/stack-program.ts";
import { viewerProblems } from "../_support/viewer-check.ts";

const LOAD_SECONDS = 60;
const SERVICE = "limelight-demo";
const REQUEST = "POST /actors/desk/{key}/ask/place";

/** What the books and Prometheus both know. */
const TOTALS: readonly (readonly [metric: string, read: (books: Books) => number])[] = [
  ["actor_started_total", (b) => b.started],
  ["actor_stopped_total", (b) => b.stopped],
  ["actor_active", (b) => b.active],
  ["actor_mailbox_depth", (b) => b.waiting],
  ["actor_message_sent_total", (b) => b.sent],
  ["actor_message_handled_total", (b) => b.handled],
  ["actor_message_process_duration_seconds_count", (b) => b.handled],
  ["actor_message_process_active", (b) => b.processing],
  ["actor_telemetry_imbalances_total", (b) => b.imbalances],
];

/** The numbers of pino's levels as OpenTelemetry's severities. */
const SEVERITY: Readonly<Record<number, string>> = { 20: "5", 30: "9", 40: "13", 50: "17" };

function total(metric: string): string {
  return `sum(${metric}{service_name="${SERVICE}"})`;
}

/** Whether the panel is about what the demo does not have: databases, queues, requests for actors, and callers. */
function isNotInDemo(panel: string): boolean {
  return /SQL|(Queues|HTTP requests) of keyed actors|authentication/.test(panel);
}

describe(`collector, Prometheus, Jaeger and VictoriaLogs, with the demo under load for ${LOAD_SECONDS} s`, () => {
  let stack: Stack;
  let demo: DemoProcess;
  let load: LogLine;
  let books: Books;
  let started: number;
  let ended: number;
  let traceId: string;
  let panels: readonly Panel[];
  let answers: Map<Panel, readonly Found[]>;
  let raised: readonly string[];

  before(async () => {
    stack = await Stack.start();
    started = Date.now() / 1_000;
    demo = await openDemo(stack, SERVICE);
    load = await putUnderLoad(demo.url, LOAD_SECONDS);
    const answer = await order(demo.url, { item: "lamp", quantity: 1 });
    traceId = traceIdOf(answer);
    await eventually("the trace of our own request", async () => {
      const names = (await stack.jaeger.trace(traceId)).map(({ name }) => name);
      const expected = [REQUEST, "desk.place", "order.place", "order start"];
      return expected.every((name) => names.includes(name)) || undefined;
    });
    panels = await readPanels();
    answers = new Map();
    for (const panel of panels) {
      answers.set(panel, await askPanel(stack, panel.json, { service: SERVICE, traceId }));
    }
    const rules = await stack.prometheus.rules();
    const found = await Promise.all(
      rules.map(async ({ name, query }) =>
        (await stack.prometheus.query(query)).length > 0 ? [name] : [],
      ),
    );
    raised = found.flat();
    books = await closeDemo(demo);
    ended = Date.now() / 1_000;
  });
  after(async () => {
    await demo?.[Symbol.asyncDispose]();
    await stack?.[Symbol.asyncDispose]();
  });

  it("answers every query of every panel, but for those that are empty when all is well", () => {
    const empty = panels
      .filter(({ quiet, name }) => !quiet && !isNotInDemo(name))
      .flatMap((panel) =>
        (answers.get(panel) ?? [])
          .filter(({ count, refId }) => count === 0 && !panel.quietQueries.includes(refId))
          .map(({ refId }) => `${panel.name}, ${refId}`),
      );

    assert.deepEqual(empty, []);
    assert.ok(panels.length > 100);
  });

  it("raises no alert about a shop in which all is well", () => {
    assert.deepEqual(raised, []);
  });

  for (const [metric, read] of TOTALS) {
    it(`has the number of the runtime's own books: ${metric}`, async () => {
      const expected = read(books);
      await eventually(`${metric} = ${expected}`, async () =>
        (await stack.prometheus.value(total(metric))) === expected ? true : undefined,
      );
    });
  }

  it("has as many actors alive, at any time, as were started and not stopped", async () => {
    const drift = `${total("actor_started_total")} - ${total("actor_stopped_total")} - ${total("actor_active")}`;
    const values = await stack.prometheus.values(drift, started, ended);

    assert.ok(values.length > LOAD_SECONDS / 2, `${values.length} points`);
    assert.deepEqual(new Set(values), new Set([0]));
  });

  it("has counted each request of the load generator, before any sampling, and one of ours", async () => {
    const calls = `sum(traces_spanmetrics_calls_total{service_name="${SERVICE}", span_kind="SPAN_KIND_SERVER", span_name=~"POST.*"})`;
    const sent = Number(load["sent"]) + 1;

    assert.equal(load["lost"], 0);
    assert.ok(Number(load["delivered"]) > 0, JSON.stringify(load));
    assert.ok(sent > LOAD_SECONDS, `${sent} requests`);
    await eventually(`${sent} requests`, async () =>
      (await stack.prometheus.value(calls)) === sent ? true : undefined,
    );
  });

  it("joins a request's response, its trace in Jaeger and its log lines in VictoriaLogs", async () => {
    const written = demo.lines.filter((line) => line["trace_id"] === traceId);
    const logs = await eventually("the request's log lines", async () => {
      const found = await stack.victoriaLogs.lines(
        `{service.name="${SERVICE}"} trace_id:="${traceId}"`,
      );
      return found.length === written.length ? found : undefined;
    });
    const spans = await stack.jaeger.trace(traceId);

    assert.ok(written.length >= 3, `${written.length} lines`);
    assert.deepEqual(
      logs.map(({ body, timeMs, fields }) => [
        body,
        timeMs,
        fields["severity_number"],
        fields["span_id"],
        fields["actor_id"],
      ]),
      written.map((line) => [
        line.msg,
        line["time"],
        SEVERITY[Number(line["level"])],
        line["span_id"],
        line["actor_id"],
      ]),
    );
    const spanIds = new Set(spans.map(({ spanId }) => spanId));
    assert.deepEqual(
      logs.filter(({ fields }) => !spanIds.has(fields["span_id"] ?? "")),
      [],
    );
    const actors = new Set(spans.map(({ attributes }) => attributes["actor.id"]));
    assert.deepEqual(
      logs.filter(({ fields }) => fields["actor_id"] && !actors.has(fields["actor_id"])),
      [],
    );
    assert.deepEqual(new Set(spans.map(({ service }) => service)), new Set([SERVICE]));
  });

  it("has every line that the demo wrote", async () => {
    const arrived = await eventually("all lines", async () => {
      const found = await stack.victoriaLogs.lines(`{service.name="${SERVICE}"}`);
      return found.length >= demo.lines.length ? found : undefined;
    });

    assert.deepEqual(
      arrived.map(({ timeMs, body }) => [timeMs, body]),
      demo.lines.map((line) => [line["time"], line.msg]),
    );
  });

  it("blanks the token in the address of the demo's console", async () => {
    const found = await stack.victoriaLogs.lines(`{service.name="${SERVICE}"} console_url:*`);

    const addresses = found.map(({ fields }) => fields["console_url"] ?? "");
    assert.equal(addresses.length, 1);
    assert.match(addresses[0] ?? "", /^http:\/\/127\.0\.0\.1:\d+\/\**$/);
  });

  it("keeps a broken line as it is", async () => {
    const broken = ["no JSON at all", '{"level":30,"msg":"cut off', "[1,2]"];
    for (const line of broken) {
      appendFileSync(join(stack.local.logFolder, "broken.ndjson"), `${line}\n`);
    }

    await eventually("the broken lines", async () => {
      const bodies = (await stack.victoriaLogs.lines('service.name:""')).map(({ body }) => body);
      return broken.every((line) => bodies.includes(line)) ? true : undefined;
    });
  });

  it("shows every dashboard in Chromium, and one request's spans and log lines", async () => {
    const problems = await viewerProblems({
      prometheusUrl: stack.local.url("prometheus"),
      jaegerUrl: stack.local.url("jaeger"),
      victoriaLogsUrl: stack.local.url("victoriaLogs"),
      everyS: 1,
      range: "5m",
      request: REQUEST,
    });

    const unexpected = problems.filter(
      (problem) => !(isNotInDemo(problem) && problem.endsWith(": no data")),
    );
    assert.deepEqual(unexpected, []);
  });

  it("links durations to traces by exemplars", async () => {
    const found = await eventually("an exemplar", async () => {
      const ids = await stack.prometheus.exemplars(
        "traces_spanmetrics_duration_seconds_bucket",
        started,
        ended,
      );
      return ids.length > 0 ? [...new Set(ids)] : undefined;
    });

    for (const id of found.slice(0, 10)) {
      await eventually(`trace ${id}`, async () =>
        (await stack.jaeger.trace(id)).length > 0 ? true : undefined,
      );
    }
  });
});
