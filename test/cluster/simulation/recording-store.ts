import { decodePlacement } from "../../../src/cluster/codec/placement-codec.ts";
import { addressOf, ownerAt } from "../../../src/cluster/protocol/address.ts";
import { EventKind } from "../../../src/cluster/protocol/events.ts";
import {
  type BatchResult,
  type EntryPage,
  type KeyPage,
  type ListOptions,
  type Loaded,
  type LoadRequest,
  type Store,
  type StoredEntry,
  WriteKind,
  type WriteOperation,
  type WriteOptions,
} from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import type { History } from "./history.ts";
import { decodeRecord } from "./model-record.ts";

const RECORDS = "m/";
const PLACEMENTS = "c/p/";
const EVENTS = "c/e/";

/** The store of the server, which notes each write of an actor or a placement that it accepts, in their order. */
export class RecordingStore implements Store {
  readonly #store = new MemoryStore();
  readonly #history: History;
  /** Whether the conditions of writes of actors are ignored: a fault to be found. */
  readonly #isFenceless: boolean;
  /** Whether the next events that are stored are to be lost. */
  #isToLose = false;
  /** Number of writes of events that were lost. */
  losses = 0;

  constructor(history: History, isFenceless: boolean) {
    this.#history = history;
    this.#isFenceless = isFenceless;
  }

  /**
   * Loses the next events that are stored, after they were acknowledged. Neither commands nor events that give signals back
   * are lost: whoever has had a signal stored was told so.
   */
  lose(): void {
    this.#isToLose = true;
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    return await this.#store.get(key);
  }

  async load(request: LoadRequest): Promise<Loaded> {
    return await this.#store.load(request);
  }

  async list(prefix: string, options?: ListOptions): Promise<EntryPage> {
    return await this.#store.list(prefix, options);
  }

  async listKeys(prefix: string, options?: ListOptions): Promise<KeyPage> {
    return await this.#store.listKeys(prefix, options);
  }

  async put(key: string, value: Uint8Array, options: WriteOptions = {}): Promise<number> {
    return (await this.batch([{ ...options, kind: WriteKind.Put, key, value }])).revision;
  }

  async delete(key: string, options: WriteOptions = {}): Promise<boolean> {
    return (await this.batch([{ ...options, kind: WriteKind.Delete, key }])).deleted > 0;
  }

  async deletePrefix(prefix: string): Promise<number> {
    return (await this.batch([{ kind: WriteKind.DeletePrefix, prefix }])).deleted;
  }

  async batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    const checked = this.#isFenceless ? operations.map(unconditional) : operations;
    const result = await this.#store.batch(checked.filter((operation) => !this.#isLost(operation)));
    for (const operation of operations) if (operation.kind === WriteKind.Put) this.#note(operation);
    return result;
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  #isLost(operation: WriteOperation): boolean {
    if (!this.#isToLose || operation.kind !== WriteKind.Put) return false;
    if (!operation.key.startsWith(EVENTS)) return false;
    if (Buffer.from(operation.value).includes(EventKind.CommandDropped)) return false;
    this.#isToLose = false;
    this.losses += 1;
    return true;
  }

  #note({ key, value }: { readonly key: string; readonly value: Uint8Array }): void {
    const atMs = this.#history.nowMs;
    if (key.startsWith(RECORDS)) {
      const [type = "", keyText = ""] = key.slice(RECORDS.length).split("/");
      const { generation, version, ops, writer, isDestroyed = false } = decodeRecord(value);
      const address = addressOf({ type, keyText });
      this.#history.accepted.push({
        ...{ atMs, address, generation, version, writer, ops, isDestroyed },
      });
    } else if (key.startsWith(PLACEMENTS) && ownerAt(key.slice(PLACEMENTS.length)) !== undefined) {
      const record = decodePlacement(value);
      const { address, generation, eventIndex, commandIndex, status, runnerId, reason } = record;
      const { outbox } = record;
      this.#history.placements.push({
        ...{
          atMs,
          address,
          generation,
          eventIndex,
          commandIndex,
          status,
          runnerId,
          reason,
          outbox,
        },
      });
    }
  }
}

function unconditional(operation: WriteOperation): WriteOperation {
  if (operation.kind !== WriteKind.Put || !operation.key.startsWith(RECORDS)) return operation;
  const { kind, key, value } = operation;
  return { kind, key, value };
}
