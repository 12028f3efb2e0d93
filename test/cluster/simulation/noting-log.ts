import type {
  ConsumeOptions,
  Consumption,
  Delivery,
  Log,
  LogMessage,
  LogReadOptions,
  StoredMessage,
} from "../../../src/cluster/engine/log.ts";

/** A log as a process has it: tells what the process acknowledges, and can fail to deliver anything. */
export class NotingLog implements Log {
  readonly #log: Log;
  readonly #acknowledged: (delivery: Delivery) => void;
  readonly #consumptions = new Set<Consumption>();
  #isDeaf = false;

  constructor(log: Log, acknowledged: (delivery: Delivery) => void) {
    this.#log = log;
    this.#acknowledged = acknowledged;
  }

  append(
    message: LogMessage,
  ): Promise<{ readonly sequence: number; readonly isDuplicate: boolean }> {
    return this.#log.append(message);
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    const deliver = (delivery: Delivery): void => {
      if (!this.#isDeaf) options.deliver(this.#noting(delivery));
    };
    const consumption = await this.#log.consume({ ...options, deliver });
    this.#consumptions.add(consumption);
    return consumption;
  }

  /** Delivers nothing from now on, and says nothing of it. */
  deafen(): void {
    this.#isDeaf = true;
  }

  /** Delivers again, what was missed included. */
  hear(): void {
    if (!this.#isDeaf) return;
    this.#isDeaf = false;
    for (const consumption of this.#consumptions) consumption.replay().catch(() => {}); // it comes after a while then
  }

  read(options: LogReadOptions): Promise<readonly StoredMessage[]> {
    return this.#log.read(options);
  }

  delete(sequence: number): Promise<void> {
    return this.#log.delete(sequence);
  }

  purge(filter: string): Promise<number> {
    return this.#log.purge(filter);
  }

  state(): Promise<{ readonly messages: number; readonly oldestAtMs: number | undefined }> {
    return this.#log.state();
  }

  #noting(delivery: Delivery): Delivery {
    return {
      ...delivery,
      ack: () => {
        this.#acknowledged(delivery);
        return delivery.ack();
      },
    };
  }
}
