import { describe } from "node:test";
import { Diagnostics } from "../../src/preload/diagnostics.ts";
import { Environment } from "../../src/preload/environment.ts";
import type { MetricsPage } from "../../src/preload/prometheus/metrics-page.ts";
import { MetricsServer } from "../../src/preload/prometheus/metrics-server.ts";
import { openConsole } from "../_support/console-kit.ts";
import { openKit } from "../_support/gateway-kit.ts";
import { describeGuardedServer } from "./guarded-server.ts";

const MAX_VIEWERS = 4;

describe("every server", { concurrency: true }, () => {
  describeGuardedServer("the console", async () => {
    const kit = await openConsole({ allowActions: true, maxViewers: MAX_VIEWERS });
    return {
      port: kit.console.port,
      path: "/api/summary",
      headers: [`Authorization: Bearer ${kit.console.token}`, "X-Limelight-Action: 1"],
      bodyPath: "/api/actions",
      maxConnections: MAX_VIEWERS + 64,
      close: () => kit[Symbol.asyncDispose](),
    };
  });

  describeGuardedServer("/metrics", async () => {
    const page = { render: () => Promise.resolve("up 1\n") } as unknown as MetricsPage;
    const environment = new Environment({ OTEL_EXPORTER_PROMETHEUS_PORT: "0" }, () => {});
    const server = new MetricsServer(page, environment, new Diagnostics({ write() {} }));
    const { port } = new URL((await server.bound) ?? "");
    return {
      port: Number(port),
      path: "/metrics",
      headers: [],
      bodyPath: undefined,
      maxConnections: 64,
      close: () => server.close(),
    };
  });

  describeGuardedServer("a gateway", async () => {
    const kit = await openKit({
      gateway: { limits: { requestTimeoutMs: 10_000, bodyBytes: 65_536 } },
    });
    return {
      port: kit.port,
      path: "/livez",
      headers: [],
      bodyPath: "/actors/cart/alice/ask/add",
      maxConnections: undefined,
      close: () => kit[Symbol.asyncDispose](),
    };
  });
});
