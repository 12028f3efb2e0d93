import { readCommand } from "../../../src/cluster/codec/command-codec.ts";
import type {
  ConsumeOptions,
  Consumption,
  Delivery,
  Log,
  LogMessage,
  LogReadOptions,
  StoredMessage,
} from "../../../src/cluster/engine/log.ts";
import type { RunnerNotes } from "./runner-notes.ts";

/** The log of commands as a runner has it: notes what it acknowledges. */
export class NotingLog implements Log {
  readonly #log: Log;
  readonly #notes: RunnerNotes;

  constructor(log: Log, notes: RunnerNotes) {
    this.#log = log;
    this.#notes = notes;
  }

  append(
    message: LogMessage,
  ): Promise<{ readonly sequence: number; readonly isDuplicate: boolean }> {
    return this.#log.append(message);
  }

  consume(options: ConsumeOptions): Promise<Consumption> {
    const deliver = (delivery: Delivery): void => options.deliver(this.#noting(delivery));
    return this.#log.consume({ ...options, deliver });
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
        this.#notes.acknowledged(readCommand(delivery));
        return delivery.ack();
      },
    };
  }
}
