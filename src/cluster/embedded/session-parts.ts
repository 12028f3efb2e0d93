import type {
  KeyValue,
  KeyValueCondition,
  KeyValueEntry,
  KeyValueListener,
  KeyValuePage,
  Watch,
} from "../engine/key-value.ts";
import type {
  ConsumeOptions,
  Consumption,
  Log,
  LogMessage,
  LogReadOptions,
  StoredMessage,
} from "../engine/log.ts";
import { sessionClosed } from "./engine-errors.ts";

/** What one session has begun, and that it is closed. */
export class Lifetime {
  readonly #ends = new Set<() => unknown>();
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws ClusterError `ERR_ENGINE_CLOSED` */
  requireOpen(): void {
    if (this.#isClosed) throw sessionClosed();
  }

  /** Calls `end` when the session is closed, unless the returned function was called before. */
  onClose(end: () => unknown): () => void {
    this.#ends.add(end);
    return () => void this.#ends.delete(end);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of [...this.#ends]) await end();
    this.#ends.clear();
  }
}

/** A key-value as one session has it. */
export class SessionKeyValue implements KeyValue {
  readonly #shared: KeyValue;
  readonly #lifetime: Lifetime;

  constructor(shared: KeyValue, lifetime: Lifetime) {
    this.#shared = shared;
    this.#lifetime = lifetime;
  }

  async read(key: string): Promise<KeyValueEntry | undefined> {
    this.#lifetime.requireOpen();
    return await this.#shared.read(key);
  }

  async put(key: string, value: Uint8Array, condition?: KeyValueCondition): Promise<number> {
    this.#lifetime.requireOpen();
    return await this.#shared.put(key, value, condition);
  }

  async remove(key: string, condition?: KeyValueCondition): Promise<void> {
    this.#lifetime.requireOpen();
    await this.#shared.remove(key, condition);
  }

  async list(prefix: string, page?: KeyValuePage): Promise<readonly KeyValueEntry[]> {
    this.#lifetime.requireOpen();
    return await this.#shared.list(prefix, page);
  }

  async watch(prefix: string, listener: KeyValueListener): Promise<Watch> {
    this.#lifetime.requireOpen();
    const watch = await this.#shared.watch(prefix, listener);
    const forget = this.#lifetime.onClose(() => watch.stop());
    return {
      stop: () => {
        forget();
        watch.stop();
      },
    };
  }
}

/** A log as one session has it. */
export class SessionLog implements Log {
  readonly #shared: Log;
  readonly #lifetime: Lifetime;

  constructor(shared: Log, lifetime: Lifetime) {
    this.#shared = shared;
    this.#lifetime = lifetime;
  }

  async append(
    message: LogMessage,
  ): Promise<{ readonly sequence: number; readonly isDuplicate: boolean }> {
    this.#lifetime.requireOpen();
    return await this.#shared.append(message);
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    this.#lifetime.requireOpen();
    const consumption = await this.#shared.consume(options);
    const forget = this.#lifetime.onClose(() => consumption.stop());
    return {
      replay: () => consumption.replay(),
      stop: async () => {
        forget();
        await consumption.stop();
      },
      delete: async () => {
        forget();
        await consumption.delete();
      },
    };
  }

  async read(options: LogReadOptions): Promise<readonly StoredMessage[]> {
    this.#lifetime.requireOpen();
    return await this.#shared.read(options);
  }

  async delete(sequence: number): Promise<void> {
    this.#lifetime.requireOpen();
    await this.#shared.delete(sequence);
  }

  async purge(filter: string): Promise<number> {
    this.#lifetime.requireOpen();
    return await this.#shared.purge(filter);
  }

  async state(): Promise<{ readonly messages: number; readonly oldestAtMs: number | undefined }> {
    this.#lifetime.requireOpen();
    return await this.#shared.state();
  }
}
