import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, it } from "node:test";
import { SpanStatusCode } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { systemClock } from "../../src/base/clock.ts";
import { Environment } from "../../src/preload/environment.ts";
import { otlpEndpoint } from "../../src/preload/otlp/otlp-endpoint.ts";
import { OtlpExporter } from "../../src/preload/otlp/otlp-exporter.ts";
import { spanEncoder } from "../../src/preload/otlp/span-encoder.ts";
import { type ReceivedSpan, readSpans } from "../_support/preload-otlp-json.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

const MIB = 1_048_576;
const never = new AbortController().signal;

/** A collector that refuses what is larger than it takes. */
async function collectorOf(maxBytes: number, status: number) {
  const spans: ReceivedSpan[] = [];
  const sizes: number[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    sizes.push(body.byteLength);
    if (body.byteLength > maxBytes) return response.writeHead(status).end();
    spans.push(...readSpans(JSON.parse(body.toString())));
    return response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    spans,
    sizes,
    url,
    exporter(): OtlpExporter<ReadableSpan> {
      process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = url;
      const endpoint = otlpEndpoint(new Environment(process.env, () => {}), "traces");
      return new OtlpExporter(endpoint, spanEncoder(endpoint.protocol), systemClock);
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Ended spans; the text of one is as long as it is told. */
function spansOf(lengths: readonly number[]): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  for (const [at, length] of lengths.entries()) {
    const message = "x".repeat(length);
    const span = provider.getTracer("test").startSpan(`span ${at}`);
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.recordException(new Error(message));
    span.setAttribute("list", [message, "short"]);
    span.end();
  }
  return exporter.getFinishedSpans();
}

describe("a collector that takes 4 MiB", { concurrency: 1 }, () => {
  it("gets all spans of a batch with a huge one, the huge one cut", async () => {
    await using collector = await collectorOf(4 * MIB, 413);
    const lengths = Array.from({ length: 41 }, (_, at) => (at === 20 ? 6_000_000 : 10));

    const receipt = await collector.exporter().export(spansOf(lengths), never);

    assert.deepEqual(receipt, { failed: 0 });
    assert.equal(collector.spans.length, 41);
    assert.ok(
      collector.sizes.every((size) => size < 4 * MIB),
      `${collector.sizes}`,
    );
  });

  it("gets all of a batch none of whose spans is huge, in parts", async () => {
    await using collector = await collectorOf(4 * MIB, 413);
    const lengths = Array.from({ length: 200 }, () => 20_000);

    const receipt = await collector.exporter().export(spansOf(lengths), never);

    assert.deepEqual([receipt, collector.spans.length], [{ failed: 0 }, 200]);
  });
});

describe("a collector that takes less than is sent at first", { concurrency: 1 }, () => {
  for (const status of [413, 400]) {
    it(`and answers ${status} gets all spans in smaller parts, and later ones at once`, async () => {
      await using collector = await collectorOf(MIB, status);
      const exporter = collector.exporter();
      const lengths = Array.from({ length: 300 }, () => 2_500);

      assert.deepEqual(await exporter.export(spansOf(lengths), never), { failed: 0 });
      assert.equal(collector.spans.length, 300);
      collector.sizes.length = 0;
      assert.deepEqual(await exporter.export(spansOf(lengths), never), { failed: 0 });

      assert.ok(
        collector.sizes.every((size) => size <= MIB),
        `${collector.sizes}`,
      );
    });
  }

  it("loses only the span that cannot be sent, which is counted", async () => {
    await using collector = await collectorOf(MIB, 413);
    const spans = spansOf(Array.from({ length: 10 }, () => 10));
    const wide = Object.fromEntries(
      Array.from({ length: 40_000 }, (_, at) => [`key.${at}`, "some value of 30 characters..."]),
    );
    Object.assign(spans[4]?.attributes ?? {}, wide);

    const { failed, errorType } = await collector.exporter().export(spans, never);

    assert.deepEqual([failed, errorType, collector.spans.length], [1, "413", 9]);
  });

  it("and refuses everything is asked a limited number of times", async () => {
    await using collector = await collectorOf(0, 413);
    const spans = spansOf(Array.from({ length: 1_000 }, () => 100));

    const { failed } = await collector.exporter().export(spans, never);

    assert.equal(failed, 1_000);
    assert.ok(collector.sizes.length < 300, `${collector.sizes.length}`);
  });
});

describe("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", { concurrency: 2 }, () => {
  for (const name of [
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  ]) {
    it(`cuts the texts of errors as well, as ${name}`, async () => {
      await using collector = await collectorOf(4 * MIB, 413);
      const app = await PreloadProcess.run({
        esm: `
          import { createSystem, defineActor } from "limelight";
          const fail = () => { throw new Error("x".repeat(6e6)); };
          const ref = createSystem().spawn(defineActor("w", { handlers: { fail } }));
          await ref.ask.fail().catch(() => {});
        `,
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          [name]: "1000",
          LIMELIGHT_LOG_LEVEL: "silent",
        },
      });

      assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
      assert.ok(collector.spans.length >= 2);
      assert.ok(
        collector.sizes.every((size) => size < 50_000),
        `${collector.sizes}`,
      );
    });
  }
});
