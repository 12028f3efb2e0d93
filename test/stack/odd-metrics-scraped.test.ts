import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { stringify } from "yaml";
import { StackProcess } from "../../tools/stack/stack-process.ts";
import { Tool } from "../../tools/stack/tool-paths.ts";
import { HOSTILE_REPORTS } from "../_support/hostile-metrics.ts";
import { PreloadProcess } from "../_support/preload-process.ts";
import { eventually, freePort } from "../_support/stack-program.ts";
import { PrometheusClient } from "../_support/stack-prometheus.ts";

const SERIES = 3_000;
/** Series of one instrument that the SDK keeps; the last one has the counts of all further ones. */
const SDK_LIMIT = 2_000;

const APP = `
  ${HOSTILE_REPORTS}
  const many = meter.createCounter("many");
  const more = meter.createCounter("more");
  for (let at = 0; at < ${SERIES}; at += 1) {
    many.add(1, { at });
    if (at < ${SERIES - SDK_LIMIT}) more.add(1, { at });
  }
  const surrogates = meter.createCounter("surrogates");
  surrogates.add(1, { a: "\\ud800" });
  surrogates.add(1, { "\\udfff": "key" });
  surrogates.add(1, { a: Symbol("s") });
  surrogates.add(1, { a: () => 1 });
  console.log(JSON.stringify({ url }));
  setInterval(() => {}, 60_000);
`;

/** A Prometheus that scrapes `target` every second, in `folder`. */
function startPrometheus(folder: string, port: number, target: string): StackProcess {
  const settings = {
    global: { scrape_interval: "1s" },
    scrape_configs: [{ job_name: "odd", static_configs: [{ targets: [target] }] }],
  };
  writeFileSync(join(folder, "prometheus.yml"), stringify(settings));
  return new StackProcess(Tool.Prometheus, [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
}

describe("Prometheus, scraping an application whose metrics are odd", () => {
  const folder = mkdtempSync(join(tmpdir(), "limelight-odd-metrics-"));
  let app: PreloadProcess;
  let prometheus: StackProcess;
  let client: PrometheusClient;

  before(async () => {
    app = new PreloadProcess({
      esm: APP,
      env: { OTEL_TRACES_EXPORTER: "none", OTEL_RESOURCE_ATTRIBUTES: "1team=a,le=b" },
    });
    const { url } = await app.line("url");
    const port = await freePort();
    const server = `http://127.0.0.1:${port}`;
    prometheus = startPrometheus(folder, port, new URL(url).host);
    await prometheus.ready(`${server}/-/ready`);
    client = new PrometheusClient(server);
    await eventually("scraped", async () => {
      const scraped = await client.query("up");
      return scraped.length > 0 ? scraped : undefined;
    });
  });
  after(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await app?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it("has its target up", async () => {
    assert.equal(await client.value('up{job="odd"}'), 1, prometheus.output);
  });

  it("has all of the application's series", async () => {
    assert.equal(await client.value("sum(many_total)"), SERIES);
    assert.equal(await client.value("count(many_total) + count(more_total)"), SERIES);
    assert.equal(await client.value('http_responses_total{key_2xx="yes"}'), 1);
    assert.equal(await client.value('http_responses_total{c_d="x"}'), 2);
    assert.equal(await client.value("sum(surrogates_total)"), 4);
    assert.ok(((await client.value("sum(app_duration_count)")) ?? 0) > 0);
  });

  it("has limelight's own series, under their own names and with their own values", async () => {
    const ours = '{job="odd",otel_scope_name="limelight"}';

    assert.equal(await client.value(`actor_started_total${ours}`), 1);
    assert.equal(await client.value(`actor_active${ours} == 1`), 1);
    assert.equal(await client.value(`actor_ask_duration_seconds_count${ours}`), 1);
    assert.equal(await client.value('target_info{job="odd",key_1team="a"}'), 1);
  });
});
