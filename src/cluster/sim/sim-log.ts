import type { SharedState } from "../embedded/shared-state.ts";
import type { StoreLog } from "../embedded/store-log.ts";
import type {
  ConsumeOptions,
  Consumption,
  Delivery,
  Log,
  LogMessage,
  LogReadOptions,
  StoredMessage,
} from "../engine/log.ts";
import { requirePrefix, requireTokens } from "../engine/tokens.ts";
import type { Link } from "./link.ts";
import { LinkStream } from "./link-stream.ts";
import { type Network, Traffic } from "./network.ts";
import type { SimHost } from "./sim-host.ts";

const MAX_DUPLICATE_MS = 2_000;

/** A log behind a link. */
export class SimLog implements Log {
  readonly #link: Link;
  readonly #host: SimHost;
  readonly #network: Network;
  readonly #name: string;
  readonly #of: (state: SharedState) => StoreLog;
  #consumptions = 0;

  constructor(
    link: Link,
    host: SimHost,
    network: Network,
    name: string,
    of: (state: SharedState) => StoreLog,
  ) {
    this.#link = link;
    this.#host = host;
    this.#network = network;
    this.#name = name;
    this.#of = of;
  }

  async append(
    message: LogMessage,
  ): Promise<{ readonly sequence: number; readonly isDuplicate: boolean }> {
    requireTokens("subject", message.subject);
    const copy = { ...message, body: new Uint8Array(message.body) };
    return await this.#link.call(Traffic.Write, `${this.#name}.${message.subject}`, (state) =>
      this.#of(state).append(copy),
    );
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    this.#consumptions += 1;
    const channel = `${this.#name}.consume.${options.name}.${this.#consumptions}`;
    let atServer: Consumption | undefined;
    const stream = new LinkStream(this.#link, this.#host, channel, async (state, send) => {
      const consumption = await this.#of(state).consume({
        ...options,
        deliver: (delivery) => this.#deliver(options, delivery, send),
      });
      atServer = consumption;
      return () => consumption.abandon(); // as servers do: they cannot tell what has arrived
    });
    await stream.start();
    return {
      replay: () => this.#link.call(Traffic.Request, channel, async () => await atServer?.replay()),
      stop: async () => stream.stop(),
      delete: async () => {
        stream.stop();
        await this.#link.call(Traffic.Request, channel, async () => await atServer?.delete());
      },
    };
  }

  async read(options: LogReadOptions): Promise<readonly StoredMessage[]> {
    requirePrefix("filter", options.filter);
    return await this.#link.call(Traffic.Request, "", (state) => this.#of(state).read(options));
  }

  async delete(sequence: number): Promise<void> {
    await this.#link.call(Traffic.Write, "", (state) => this.#of(state).delete(sequence));
  }

  async purge(filter: string): Promise<number> {
    requirePrefix("filter", filter);
    return await this.#link.call(Traffic.Write, "", (state) => this.#of(state).purge(filter));
  }

  async state(): Promise<{ readonly messages: number; readonly oldestAtMs: number | undefined }> {
    return await this.#link.call(Traffic.Request, "", (state) => this.#of(state).state());
  }

  #deliver(options: ConsumeOptions, delivery: Delivery, send: (arrive: () => void) => void): void {
    const { random, rates, time } = this.#network;
    const deliver = (attempt: number): void =>
      options.deliver(this.#overLink({ ...delivery, attempt }));
    send(() => deliver(delivery.attempt));
    if (!random.chance(rates.duplicate)) return;
    this.#network.count("duplicate");
    const again = (): void => send(() => deliver(delivery.attempt + 1));
    time.at(time.nowMs + random.between(0, MAX_DUPLICATE_MS), undefined, again);
  }

  /** A delivery whose answers go to the server. */
  #overLink(delivery: Delivery): Delivery {
    let isAnswered = false;
    const end = async (answer: () => Promise<void>): Promise<void> => {
      if (isAnswered) return;
      isAnswered = true;
      await this.#link.call(Traffic.Write, "", answer);
    };
    return {
      ...delivery,
      body: new Uint8Array(delivery.body),
      ack: () => end(() => delivery.ack()),
      reject: () => end(() => delivery.reject()),
      retry: (delayMs) => {
        if (isAnswered) return;
        isAnswered = true;
        this.#link.toServer(Traffic.Bus, "", () => delivery.retry(delayMs));
      },
    };
  }
}
