// node --import limelight/preload gateway/fastify.mjs
import Fastify from "fastify";
import { createGateway } from "limelight/gateway";
import { createLogger } from "limelight/telemetry";
import { actors, system } from "./shop.mjs";

const log = createLogger();
const gateway = await createGateway(system, { actors, basePath: "/api" });

const app = Fastify({ forceCloseConnections: true });
// A hook and no route: Fastify parses the body before a route runs.
app.addHook("onRequest", (request, reply, done) => {
  gateway.handler(request.raw, reply.raw, () => done());
});
app.get("/", () => "the shop");
gateway.attach(app.server); // WebSockets at /api/connect

await app.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" });
log.info({ port: app.server.address().port }, "listening");

process.once("SIGTERM", async () => {
  await gateway.close();
  await app.close();
  await system.shutdown();
});
