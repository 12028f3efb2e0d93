// npx tsc -p nest && node --import limelight/preload nest/dist/main.js
import "reflect-metadata";
import type { AddressInfo } from "node:net";
import {
  Controller,
  Get,
  Injectable,
  Module,
  type OnApplicationShutdown,
  Param,
} from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { createSystem, defineActor } from "limelight";
import { createLogger } from "limelight/telemetry";
import { pino } from "pino";

const log = createLogger();
const access = pino({ name: "access" });

const pricer = defineActor("pricer", {
  handlers: {
    async price(c, item: string): Promise<number> {
      const response = await fetch(`${process.env["PRICES_URL"]}/prices/${item}`);
      const { cents } = (await response.json()) as { cents: number };
      c.log.info({ item, cents }, "priced");
      return cents;
    },
  },
});

@Injectable()
class Prices implements OnApplicationShutdown {
  readonly #system = createSystem();
  readonly #pool = this.#system.spawnPool(pricer, { size: 4 });

  of(item: string): Promise<number> {
    return this.#pool.ask.price(item);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#system.shutdown();
  }
}

@Controller("prices")
class PricesController {
  readonly #prices: Prices;

  constructor(prices: Prices) {
    this.#prices = prices;
  }

  @Get(":item")
  async price(@Param("item") item: string): Promise<{ item: string; cents: number }> {
    access.info({ item }, "request received");
    return { item, cents: await this.#prices.of(item) };
  }
}

@Module({ controllers: [PricesController], providers: [Prices] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ["warn", "error"] });
app.enableShutdownHooks(["SIGTERM"]);
await app.listen(Number(process.env["PORT"] ?? 3000));
log.info({ port: (app.getHttpServer().address() as AddressInfo).port }, "listening");
