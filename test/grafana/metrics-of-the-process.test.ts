import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NodeMetric, SdkMetric } from "../../tools/grafana/foreign-metrics.ts";
import { histogram, metric, type Series } from "../../tools/grafana/metric-names.ts";
import { Label } from "../../tools/grafana/promql.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

const APP = `
  import { createSystem, defineActor } from "limelight";
  import { telemetryStatus } from "limelight/preload";
  const desk = defineActor("desk", { handlers: { order() {} } });
  await createSystem().spawn(desk).ask.order();
  setInterval(() => {}, 1_000);
  console.log(JSON.stringify({ url: (await telemetryStatus().metricsBound) ?? "none" }));
`;
/** Scrapes until the first garbage collection and the first reading of the event loop have come. */
const MAX_SCRAPES = 2_000;

/** The labels of each name on a page. */
function labelsByName(page: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of page.matchAll(/^(\w+)(?:\{(.*)\})? [^ ]+$/gm)) {
    const keys = found.get(name) ?? new Set();
    for (const [, key = ""] of labels.matchAll(/(\w+)="/g)) keys.add(key);
    found.set(name, keys);
  }
  return found;
}

describe("the metrics the dashboards take from a process", () => {
  it("are on its /metrics, with the labels they are grouped by", async () => {
    await using receiver = await OtlpReceiver.start();
    await using app = new PreloadProcess({
      esm: APP,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
    const { url } = await app.line("url");
    const wanted: Series[] = [
      ...Object.values(NodeMetric),
      ...Object.values(SdkMetric),
      metric("Started"),
      metric("DeadlockActive"),
      metric("Imbalances"),
      histogram("WaitDuration", "bucket"),
    ];
    let page = new Map<string, Set<string>>();
    for (let scrapes = 0; scrapes < MAX_SCRAPES; scrapes += 1) {
      page = labelsByName(await (await fetch(url)).text());
      if (wanted.every(({ name }) => page.has(name))) break;
    }

    // error.type is on points of errors only, and there were none.
    const lacking = wanted.flatMap(({ name, labels }) => {
      const there = page.get(name);
      if (there === undefined) return [name];
      return labels
        .filter((label) => label !== Label.Error && !there.has(label))
        .map((label) => `${name} by ${label}`);
    });
    assert.deepEqual(lacking, []);
  });
});
