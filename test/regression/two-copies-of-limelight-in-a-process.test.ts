import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

/** Loads a second copy of the sources, as a dependency of a dependency may bring one. */
const TWO_COPIES = `
  import { cpSync, writeFileSync } from "node:fs";
  import { dirname, join } from "node:path";
  const copy = join(import.meta.dirname, "copy");
  cpSync(dirname("limelight"), copy, { recursive: true });
  writeFileSync(join(copy, "package.json"), '{"type":"module"}');
  const copies = [await import("limelight"), await import(join(copy, "index.ts"))];
`;

describe("two copies of limelight in a process", { concurrency: 2 }, () => {
  it("are reported as one sum, at every scrape alike", async () => {
    const app = await PreloadProcess.run({
      esm: `${TWO_COPIES}
        import { telemetryStatus } from "limelight/telemetry";
        const refs = [];
        for (const [at, { createSystem, defineActor }] of copies.entries()) {
          const definition = defineActor("w", { handlers: { work: () => 1 } });
          const system = createSystem();
          for (let i = 0; i < 3 + 2 * at; i += 1) refs.push(system.spawn(definition));
          for (let i = 0; i < 7 + 2 * at; i += 1) await refs.at(-1).ask.work();
        }
        const url = await telemetryStatus().metricsBound;
        const scrapes = [];
        for (let i = 0; i < 3; i += 1) scrapes.push(await (await fetch(url)).text());
        console.log(JSON.stringify({ scrapes }));
        process.exit();
      `,
      env: { OTEL_TRACES_EXPORTER: "none" },
    });

    const { scrapes } = await app.line("scrapes");
    for (const scrape of scrapes as string[]) {
      const values = (name: string): number[] =>
        scrape
          .split("\n")
          .filter((line) => line.startsWith(`${name}{`))
          .map((line) => Number(line.split(" ").at(-1)));
      assert.deepEqual(values("actor_started_total"), [8]);
      assert.deepEqual(values("actor_message_sent_total"), [16]);
      assert.deepEqual(values("actor_message_wait_duration_seconds_count"), [16]);
      assert.equal(
        values("actor_active").reduce((sum, value) => sum + value, 0),
        8,
      );
    }
  });

  it("sample by the same ratio", async () => {
    await using receiver = await OtlpReceiver.start();
    await PreloadProcess.run({
      esm: `${TWO_COPIES}
        for (const { createSystem, defineActor } of copies) {
          const ref = createSystem().spawn(defineActor("w", { handlers: { work: () => 1 } }));
          for (let i = 0; i < 20; i += 1) await ref.ask.work();
        }
      `,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG: "0",
      },
    });

    assert.deepEqual(receiver.spans, []);
  });
});
