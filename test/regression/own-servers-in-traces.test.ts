import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import { PreloadProcess } from "../_support/preload-process.ts";

const TOKEN = "abcdefghijklmnop1234";
const SERVER_KIND = 2;

/** The application's own server, and the address of everything that listens. */
const SERVE = `
  http.createServer((request, response) => response.end("ok")).listen(0, "127.0.0.1", async function () {
    const app = "http://127.0.0.1:" + this.address().port + "/of-the-application";
    const metrics = await telemetryStatus().metricsBound;
    console.log(JSON.stringify({ app, metrics }));
  });
`;
const INSTRUMENT = "registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });";

const APPS = {
  "an ES module": {
    preload: ["--import"],
    esm: `
      import { register } from "node:module";
      import { telemetryStatus } from "limelight/preload";
      register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);
      const { registerInstrumentations } = await import("@opentelemetry/instrumentation");
      const { HttpInstrumentation } = await import("@opentelemetry/instrumentation-http");
      ${INSTRUMENT}
      const { default: http } = await import("node:http");
      ${SERVE}
    `,
  },
  "a CommonJS module": {
    preload: [],
    cjs: `
      const { registerInstrumentations } = require("@opentelemetry/instrumentation");
      const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
      ${INSTRUMENT}
      const http = require("node:http");
      const { telemetryStatus } = require("limelight/preload");
      ${SERVE}
    `,
  },
} as const;

/** The address of the console, which is on stderr. */
function consoleOf(app: PreloadProcess): Promise<URL> {
  return app.until("the console's address", () => {
    const [, url] = /^limelight console: (\S+)$/m.exec(app.stderr) ?? [];
    return url === undefined ? undefined : new URL(url);
  });
}

/** Visits every server of limelight's: the way in, the API, the events, the assistants' endpoint, `/metrics`. */
async function visitOwnServers(consoleUrl: URL, metricsUrl: string): Promise<number[]> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const json = { ...headers, "content-type": "application/json", accept: "application/json" };
  const paths = ["/?token=wrong", "/api/summary", "/api/events", "/api/actors", "/nothing"];
  const gets = paths.map((path) => fetch(new URL(path, consoleUrl), { headers }));
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} });
  const answers = await Promise.all([
    ...gets,
    fetch(new URL("/mcp", consoleUrl), { method: "POST", headers: json, body }),
    fetch(metricsUrl),
    fetch(new URL("/nothing", metricsUrl)),
  ]);
  await Promise.all(answers.map(({ body: stream }) => stream?.cancel()));
  return answers.map(({ status }) => status);
}

describe("an application with instrumentation-http", { concurrency: 2 }, () => {
  for (const [kind, app] of Object.entries(APPS)) {
    it(`sees its own server in its traces, and none of limelight's (${kind})`, async () => {
      await using receiver = await OtlpReceiver.start();
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BSP_SCHEDULE_DELAY: "50",
        LIMELIGHT_CONSOLE: "1",
        LIMELIGHT_CONSOLE_PORT: "0",
        LIMELIGHT_CONSOLE_TOKEN: TOKEN,
      };
      await using running = new PreloadProcess({ ...app, env });
      const { app: appUrl, metrics } = await running.line("app");
      const consoleUrl = await consoleOf(running);

      const statuses = await visitOwnServers(consoleUrl, metrics);
      // Spans are exported in the order in which they end: this one ends last.
      assert.equal((await fetch(appUrl)).status, 200);

      assert.deepEqual(statuses, [401, 200, 200, 200, 404, 406, 200, 404]);
      await receiver.until("the application's own span", () =>
        receiver.spans.find(({ kind: spanKind }) => spanKind === SERVER_KIND),
      );
      await receiver.until("the span of the last request", () =>
        receiver.spans.find(({ attributes }) =>
          String(attributes["url.path"] ?? attributes["http.target"]).includes(
            "of-the-application",
          ),
        ),
      );
      const served = receiver.spans.filter(({ kind: spanKind }) => spanKind === SERVER_KIND);
      assert.deepEqual(
        served.map(({ attributes }) => attributes["url.path"] ?? attributes["http.target"]),
        ["/of-the-application"],
      );
    });
  }
});
