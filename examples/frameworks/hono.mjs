// node --import limelight/preload hono.mjs
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createSystem, defineActor } from "limelight";
import { createLogger } from "limelight/telemetry";
import { pino } from "pino";

const log = createLogger();
const access = pino({ name: "access" });

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

const app = new Hono();
app.get("/prices/:item", async (c) => {
  const item = c.req.param("item");
  access.info({ item }, "request received");
  return c.json({ item, cents: await prices.ask.price(item) });
});
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  log.info({ port }, "listening");
});

process.once("SIGTERM", () => {
  server.close(() => system.shutdown());
  server.closeIdleConnections();
});
