// node --import limelight/preload fastify.mjs
import Fastify from "fastify";
import { createSystem, defineActor } from "limelight";
import { createLogger } from "limelight/telemetry";

const log = createLogger();

const pricer = defineActor("pricer", {
  handlers: {
    async price(c, item) {
      const response = await fetch(`${process.env.PRICES_URL}/prices/${item}`);
      const { cents } = await response.json();
      c.log.info({ item, cents }, "priced");
      return cents;
    },
  },
});
const system = createSystem();
const prices = system.spawnPool(pricer, { size: 4 });

const app = Fastify({ logger: true }); // Fastify's logger is a pino of its own
app.get("/prices/:item", async (request) => {
  const { item } = request.params;
  request.log.info({ item }, "request received");
  return { item, cents: await prices.ask.price(item) };
});
await app.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" });
log.info({ port: app.server.address().port }, "listening");

process.once("SIGTERM", async () => {
  await app.close();
  await system.shutdown();
});
