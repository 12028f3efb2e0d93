import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

/** A proxy that takes every request to the receiver, whatever host it names. */
async function proxyTo(receiver: OtlpReceiver) {
  const seen: string[] = [];
  const server = createServer((incoming, response) => {
    seen.push(incoming.url ?? "");
    const { pathname } = new URL(incoming.url ?? "");
    const onward = request(new URL(pathname, receiver.url), {
      method: "POST",
      headers: incoming.headers,
    });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

const APP = `
  import { metrics, trace } from "@opentelemetry/api";
  metrics.getMeter("app").createCounter("own").add(1);
  trace.getTracer("app").startSpan("only").end();
`;
const ENDS: Readonly<Record<string, string>> = {
  "at a flush": "",
  "at a crash": `setTimeout(() => { throw new Error("boom"); }, 1);`,
};

describe("a proxy that the environment names", { concurrency: 2 }, () => {
  for (const [when, end] of Object.entries(ENDS)) {
    it(`is used for OTLP ${when}`, async () => {
      await using receiver = await OtlpReceiver.start();
      await using proxy = await proxyTo(receiver);
      await PreloadProcess.run({
        esm: APP + end,
        env: {
          NODE_USE_ENV_PROXY: "1",
          HTTP_PROXY: proxy.url,
          http_proxy: proxy.url,
          NO_PROXY: "",
          no_proxy: "",
          OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.invalid:4318",
          OTEL_METRICS_EXPORTER: "otlp",
          OTEL_BSP_SCHEDULE_DELAY: "60000",
        },
      });

      assert.equal(receiver.spans.length, 1);
      assert.ok(proxy.seen.includes("http://collector.invalid:4318/v1/traces"));
      if (end === "") assert.ok(proxy.seen.includes("http://collector.invalid:4318/v1/metrics"));
    });
  }

  for (const [why, env] of Object.entries({
    "NO_PROXY names the collector": {
      NODE_USE_ENV_PROXY: "1",
      NO_PROXY: "127.0.0.1",
      no_proxy: "127.0.0.1",
    },
    "Node does not follow it either": {},
  })) {
    it(`is not used where ${why}`, async () => {
      await using receiver = await OtlpReceiver.start();
      await using proxy = await proxyTo(receiver);
      const app = await PreloadProcess.run({
        esm: APP,
        env: {
          ...env,
          HTTP_PROXY: proxy.url,
          http_proxy: proxy.url,
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        },
      });

      assert.deepEqual([app.exit.code, app.stderr], [0, ""]);
      assert.deepEqual([receiver.spans.length, proxy.seen], [1, []]);
    });
  }
});
