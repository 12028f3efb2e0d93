// node --import limelight/preload gateway/express.mjs
import express from "express";
import { createGateway } from "limelight/gateway";
import { createLogger } from "limelight/telemetry";
import { actors, system } from "./shop.mjs";

const log = createLogger();
const gateway = await createGateway(system, { actors, basePath: "/api" });

const app = express();
app.use(express.json()); // the gateway takes bodies that are already parsed
app.use(gateway.handler); // /api/…; other paths go on
app.get("/", (_request, response) => void response.send("the shop"));

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  log.info({ port: server.address().port }, "listening");
});
gateway.attach(server); // WebSockets at /api/connect

process.once("SIGTERM", async () => {
  await gateway.close();
  server.close(() => system.shutdown());
  server.closeIdleConnections();
});
