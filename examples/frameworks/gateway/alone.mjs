// node --import limelight/preload gateway/alone.mjs
import { createGateway } from "limelight/gateway";
import { createLogger } from "limelight/telemetry";
import { actors, system } from "./shop.mjs";

const port = Number(process.env.PORT ?? 3000);
const gateway = await createGateway(system, { actors, port, basePath: "/api" });
createLogger().info({ port: gateway.port }, "listening");

process.once("SIGTERM", async () => {
  await gateway.close();
  await system.shutdown();
});
