import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HOSTILE_METRICS } from "../_support/hostile-metrics.ts";
import { PreloadProcess } from "../_support/preload-process.ts";
import { problemsOfPage } from "../_support/prometheus-text.ts";

describe("/metrics", { concurrency: 2 }, () => {
  it("is a page that Prometheus takes, regardless of what the application reports", async () => {
    const env = { OTEL_TRACES_EXPORTER: "none", OTEL_RESOURCE_ATTRIBUTES: "1team=a,le=b" };
    const app = await PreloadProcess.run({ esm: HOSTILE_METRICS, env });

    const { status, page } = await app.line("page");
    assert.equal(status, 200);
    assert.deepEqual(problemsOfPage(page), []);
    assert.match(page, /^target_info\{.*key_1team="a"/m);
    assert.match(page, /^http_responses_total\{key_2xx="yes",/m);
    assert.match(page, /^http_responses_total\{c_d="x",.*\} 2$/m);
  });

  it("has limelight's series on it, also where others take their names", async () => {
    const app = await PreloadProcess.run({
      esm: HOSTILE_METRICS,
      env: { OTEL_TRACES_EXPORTER: "none" },
    });

    const { page } = await app.line("page");
    assert.match(page, /^# TYPE actor_started_total counter$/m);
    assert.match(page, /^actor_started_total\{actor_type="w",otel_scope_name="limelight",.*\} 1$/m);
    assert.match(page, /^actor_active\{actor_type="w",actor_state="running",.*\} 1$/m);
    assert.match(page, /^actor_ask_duration_seconds_count\{actor_type="w",.*\} 1$/m);
    assert.match(app.stderr, /a metric is not on \/metrics/);
  });
});
