// node --import limelight/preload gateway/node-http.mjs
import { createServer } from "node:http";
import { createGateway } from "limelight/gateway";
import { createLogger } from "limelight/telemetry";
import { actors, system } from "./shop.mjs";

const log = createLogger();
const gateway = await createGateway(system, { actors, basePath: "/api" });

const server = createServer((request, response) => {
  gateway.handler(request, response, () => response.end("the shop"));
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  log.info({ port: server.address().port }, "listening");
});
gateway.attach(server); // WebSockets at /api/connect

process.once("SIGTERM", async () => {
  await gateway.close();
  server.close(() => system.shutdown());
  server.closeIdleConnections();
});
