// A quotation service: node --import limelight/preload express.mjs
import { setTimeout as pause } from "node:timers/promises";
import express from "express";
import { createSystem, createTopic, defineActor, errorType } from "limelight";
import { createLogger } from "limelight/telemetry";
import { pino } from "pino";

const log = createLogger();
const access = pino({ name: "access" }); // a logger that knows nothing of limelight

const quoted = createTopic("quoted");

/** Asks the price service. */
const pricer = defineActor("pricer", {
  handlers: {
    async price(c, item) {
      const response = await fetch(`${process.env.PRICES_URL}/prices/${item}`, {
        signal: c.signal,
      });
      if (!response.ok) throw new Error(`no price for ${item}`);
      const { cents } = await response.json();
      c.log.info({ item, cents }, "priced");
      return cents;
    },
  },
});

/** Keeps what was quoted, and forgets quotes that have expired. */
const ledger = defineActor("ledger", {
  state: () => ({ quotes: new Map(), lastId: 0 }),
  onStart(c) {
    c.every("expire", 1_000, () => {
      const now = Date.now();
      for (const { id, expiresAt } of c.state.quotes.values()) {
        if (expiresAt <= now) c.state.quotes.delete(id);
      }
    });
  },
  handlers: {
    add(c, item, quantity, cents) {
      c.state.lastId += 1;
      const quote = { id: c.state.lastId, item, quantity, cents, expiresAt: Date.now() + 60_000 };
      c.state.quotes.set(quote.id, quote);
      return quote;
    },
    get(c, id) {
      return c.state.quotes.get(id);
    },
  },
});

/** Writes a letter for each quote, beside its other work. */
const mailer = defineActor("mailer", {
  state: () => ({ sent: 0 }),
  handlers: {
    onQuoted(c, quote) {
      c.spawnTask("letter", async () => {
        await pause(5);
        c.state.sent += 1;
        log.info({ quote_id: quote.id }, "letter sent");
      });
    },
    sent(c) {
      return c.state.sent;
    },
  },
});

/** Answers requests with the help of the others. */
const desk = defineActor("desk", {
  state: (input) => input,
  handlers: {
    async quote(c, item, quantity) {
      const { prices, quotes } = c.state;
      const cents = (await prices.ask.price(item)) * quantity;
      const quote = await quotes.ask.add(item, quantity, cents);
      quoted.publish(quote);
      return quote;
    },
    find(c, id) {
      return c.forward(c.state.quotes).get(id);
    },
  },
});

const system = createSystem();
const prices = system.spawnPool(pricer, { size: 4 });
const quotes = system.spawn(ledger, { name: "ledger" });
const letters = system.spawn(mailer, { name: "mailer" });
quoted.subscribe(letters, "onQuoted");
const front = system.spawn(desk, { name: "desk", input: { prices, quotes } });

const app = express();
app.use(express.json());
app.use((request, _response, next) => {
  access.info({ method: request.method, url: request.url }, "request received");
  next();
});
app.post("/quotes", async (request, response) => {
  const { item, quantity = 1 } = request.body;
  response.status(201).json(await front.ask.quote(item, quantity));
});
app.get("/quotes/:id", async (request, response) => {
  const quote = await front.ask.find(Number(request.params.id));
  if (quote === undefined) response.sendStatus(404);
  else response.json(quote);
});
app.get("/letters", async (_request, response) => {
  response.json({ sent: await letters.ask.sent() });
});
app.use((error, _request, response, _next) => {
  log.warn({ err: error }, "request failed");
  response.status(502).json({ error: errorType(error) });
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  log.info({ port: server.address().port }, "listening");
});

process.once("SIGTERM", () => {
  server.close(async () => {
    await system.shutdown();
    log.info("stopped");
  });
  server.closeIdleConnections();
});
