import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

const DELTA = 1;
const CUMULATIVE = 2;

/** Asks ten times, is collected, and does it again, as often as it is told to. */
const APP = `
  import { metrics } from "@opentelemetry/api";
  import { createSystem, defineActor } from "limelight";
  import { latencyHistogram } from "limelight/telemetry";
  const ref = createSystem().spawn(defineActor("w", { handlers: { work: () => 1 } }));
  const own = metrics.getMeter("app").createHistogram("own");
  const cheap = latencyHistogram("cheap");
  const awake = setInterval(() => {}, 1_000);
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 10; i += 1) { await ref.ask.work(); own.record(1); cheap.record(1); }
    await metrics.getMeterProvider().forceFlush();
  }
  clearInterval(awake);
`;
const HISTOGRAMS = [
  "actor.message.wait.duration",
  "actor.message.process.duration",
  "actor.ask.duration",
  "own",
  "cheap",
];

async function received(preference: string) {
  await using receiver = await OtlpReceiver.start();
  const app = await PreloadProcess.run({
    esm: APP,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_EXPORTER: "none",
      OTEL_METRICS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: preference,
    },
  });
  assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
  return (name: string) =>
    receiver.points.filter((point) => point.name === name && point.kind !== "gauge");
}

describe("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", { concurrency: 2 }, () => {
  for (const preference of ["delta", "lowmemory"]) {
    it(`${preference} holds for every histogram, regardless of what it comes from`, async () => {
      const points = await received(preference);
      for (const name of HISTOGRAMS) {
        const found = points(name);
        assert.ok(
          found.every(({ temporality }) => temporality === DELTA),
          name,
        );
        const counts = found.map(({ value }) => value).filter((value) => value > 0);
        assert.deepEqual(counts, [10, 10, 10], name);
        assert.equal(new Set(found.map(({ startTime }) => startTime)).size >= 3, true, name);
      }
      const [sent] = points("actor.message.sent");
      assert.equal(sent?.temporality, preference === "delta" ? DELTA : CUMULATIVE);
    });
  }

  it("cumulative keeps totals", async () => {
    const points = await received("cumulative");
    for (const name of HISTOGRAMS) {
      assert.ok(
        points(name).every(({ temporality }) => temporality === CUMULATIVE),
        name,
      );
      assert.equal(points(name).at(-1)?.value, 30, name);
    }
  });
});
