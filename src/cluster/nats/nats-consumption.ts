import type { Msg } from "@nats-io/transport-node";
import { Deferred } from "../../base/async/deferred.ts";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import type { ConsumeOptions, Consumption } from "../engine/log.ts";
import { parseAckSubject } from "../nats-client/ack-subject.ts";
import { ConsumerWatchdog, Remedy } from "./consumer-watchdog.ts";
import type { ConsumptionParts } from "./consumption-parts.ts";
import { type ConsumerState, LogConsumer } from "./log-consumer.ts";
import { NatsDelivery } from "./nats-delivery.ts";
import { Pull } from "./pull.ts";

const LOOK_MS = 2_000;

/**
 * A consumer of a log at work. It pulls again after each reconnect, and is looked after: see {@link ConsumerWatchdog}.
 */
export class NatsConsumption implements Consumption {
  readonly #options: ConsumeOptions;
  readonly #parts: ConsumptionParts;
  readonly #consumer: LogConsumer;
  readonly #pull: Pull;
  readonly #watchdog: ConsumerWatchdog;
  readonly #forget: () => void;
  readonly #ended = new Deferred<void>();
  /** Changes of the consumer and its pull, which are made one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #isEnded = false;
  #isWorking = true;
  #timer: ClockTimer | undefined;

  constructor(options: ConsumeOptions, parts: ConsumptionParts) {
    this.#options = options;
    this.#parts = parts;
    this.#consumer = new LogConsumer(options, parts);
    this.#pull = new Pull(options.name, parts, {
      receive: (message) => this.#receive(message),
      lostConsumer: () => this.#watchdog.lostConsumer(),
    });
    this.#watchdog = new ConsumerWatchdog({
      consumer: this.#consumer,
      pull: this.#pull,
      maxInFlight: options.maxInFlight,
    });
    this.#forget = parts.uplink.onChange((isConnected) => {
      if (isConnected && !this.#isEnded) this.#pull.begin();
    });
  }

  /** Resolves once it was stopped or deleted. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Creates the consumer and begins to deliver. */
  async begin(): Promise<void> {
    try {
      const state = await this.#consumer.create();
      if (this.#options.replays === true && hasToReplay(state)) await this.#recreate();
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#pull.begin();
    this.#lookLater();
  }

  replay(): Promise<void> {
    return this.#inTurn(() => this.#replay());
  }

  stop(): Promise<void> {
    this.#end();
    return this.#inTurn(async () => {});
  }

  delete(): Promise<void> {
    this.#end();
    return this.#inTurn(() => this.#consumer.delete());
  }

  /** Creates the consumer anew if there is anything to replay; see {@link begin}. */
  async #replay(): Promise<void> {
    if (this.#isEnded) return;
    await this.#withoutPull(async () => {
      const state = await this.#consumer.state();
      if (state === undefined) await this.#consumer.create();
      else if (hasToReplay(state)) await this.#recreate();
    });
  }

  /** Deletes the consumer and creates it again, which delivers everything that was not acknowledged. */
  async #replace(): Promise<void> {
    await this.#withoutPull(() => this.#recreate());
  }

  async #withoutPull(step: () => Promise<void>): Promise<void> {
    this.#pull.end();
    try {
      await step();
    } finally {
      if (!this.#isEnded) this.#pull.begin();
    }
  }

  async #recreate(): Promise<void> {
    await this.#consumer.delete();
    await this.#consumer.create();
  }

  async #inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => {}); // told to its own caller
    await turn;
  }

  #receive(message: Msg): void {
    const place = parseAckSubject(message.reply ?? "");
    if (place === undefined || this.#isEnded) return;
    this.#watchdog.delivered();
    this.#options.deliver(new NatsDelivery(message, place, this.#parts));
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#pull.end();
    this.#forget();
    this.#timer?.cancel();
    this.#ended.resolve();
  }

  #lookLater(): void {
    if (this.#isEnded) return;
    const { clock } = this.#parts;
    this.#timer = clock.schedule(() => void this.#look(), LOOK_MS, KeepAlive.No);
  }

  async #look(): Promise<void> {
    try {
      await this.#inTurn(() => this.#remedy());
      this.#tell(true);
    } catch (error) {
      const text = `consumer ${this.#consumer.name} cannot be looked after`;
      this.#parts.onFault({ kind: "consumer_unknown", text, error: toError(error) });
      if (this.#parts.uplink.isConnected) this.#tell(false);
    }
    this.#lookLater();
  }

  #tell(isWorking: boolean): void {
    if (isWorking === this.#isWorking || this.#isEnded) return;
    this.#isWorking = isWorking;
    this.#options.changed?.(isWorking);
  }

  async #remedy(): Promise<void> {
    if (this.#isEnded || !this.#parts.uplink.isConnected) return;
    const remedy = await this.#watchdog.look();
    if (this.#isEnded || remedy === Remedy.None) return;
    const kind = remedy === Remedy.Pull ? "pull_renewed" : "consumer_renewed";
    const text = `consumer ${this.#consumer.name} was connected and got nothing`;
    this.#parts.onFault({ kind, text, error: undefined });
    switch (remedy) {
      case Remedy.Pull:
        this.#pull.begin();
        break;
      case Remedy.Create:
        await this.#consumer.create();
        this.#pull.begin();
        break;
      case Remedy.Replace:
        await this.#replace();
        break;
    }
  }
}

/**
 * Whether messages may be on their way to nowhere: some were delivered and not answered, or another pull waits and will get
 * the next ones, as that of a connection which only the server takes for open. A consumer without either is used as it is:
 * on copies of a log, each new one waits for the election of its leader.
 */
function hasToReplay({ inFlight, waiting }: ConsumerState): boolean {
  return inFlight + waiting > 0;
}
