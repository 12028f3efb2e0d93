// node --import limelight/preload gateway/hono.mjs
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createGateway } from "limelight/gateway";
import { createLogger } from "limelight/telemetry";
import { actors, system } from "./shop.mjs";

const log = createLogger();
const gateway = await createGateway(system, { actors, basePath: "/api" });

const app = new Hono();
app.all("/api/*", (c) => gateway.fetch(c.req.raw));
app.get("/", (c) => c.text("the shop"));

const options = { fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: "127.0.0.1" };
const server = serve(options, ({ port }) => log.info({ port }, "listening"));
gateway.attach(server); // WebSockets at /api/connect

process.once("SIGTERM", async () => {
  await gateway.close();
  server.close(() => system.shutdown());
  server.closeIdleConnections();
});
