// node --require limelight/preload express.cjs
const express = require("express");
const { createSystem, defineActor } = require("limelight");
const { createLogger } = require("limelight/telemetry");
const { pino } = require("pino");

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

const app = express();
app.get("/prices/:item", async (request, response) => {
  const { item } = request.params;
  access.info({ item }, "request received");
  response.json({ item, cents: await prices.ask.price(item) });
});
const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  log.info({ port: server.address().port }, "listening");
});

process.once("SIGTERM", () => {
  server.close(() => system.shutdown());
  server.closeIdleConnections();
});
