// node --import limelight/preload node-http.mjs
import { createServer } from "node:http";
import { createSystem, defineActor, errorType } from "limelight";
import { createLogger } from "limelight/telemetry";
import { pino } from "pino";

const log = createLogger();
const access = pino({ name: "access" }); // a logger that knows nothing of limelight

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

const server = createServer(async (request, response) => {
  access.info({ url: request.url }, "request received");
  const item = request.url?.split("/").at(-1) ?? "";
  try {
    const cents = await prices.ask.price(item);
    response.setHeader("Content-Type", "application/json").end(JSON.stringify({ item, cents }));
  } catch (error) {
    log.warn({ err: error }, "request failed");
    response.writeHead(502).end(errorType(error));
  }
});
server.listen(Number(process.env.PORT ?? 3000), () => {
  log.info({ port: server.address().port }, "listening");
});

process.once("SIGTERM", () => {
  server.close(() => system.shutdown());
  server.closeIdleConnections();
});
