import { StoreError, type StoreErrorCode } from "../../../src/base/errors.ts";
import type {
  BatchResult,
  Loaded,
  Store,
  WriteOperation,
} from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { Gate } from "../../_support/actor-waiting.ts";
import type { StoreFault } from "./keyed-plan.ts";

function refusal(code: StoreErrorCode): StoreError {
  return new StoreError(`refused with ${code}`, { code });
}

/** A store of a scenario: what is stored outlives the systems that use it, and its faults are planned. */
export class ScenarioStore {
  readonly memory: MemoryStore = new MemoryStore();
  /** What happens to the next batches and loads. */
  #batchFaults: StoreFault[] = [];
  #loadFaults: StoreFault[] = [];
  #held = new Gate();
  #late: (() => Promise<unknown>)[] = [];

  /** Plans a fault. */
  fail(fault: StoreFault): void {
    const isLoad = fault === "load_fails" || fault === "load_held";
    (isLoad ? this.#loadFaults : this.#batchFaults).push(fault);
    // Retried for five seconds: only several of them in a row are seen by the actor.
    if (fault === "overloaded") this.#batchFaults.push(fault, fault);
  }

  /** Ends all faults. Calls that were held go on. */
  heal(): void {
    this.#batchFaults = [];
    this.#loadFaults = [];
    this.#held.open();
    this.#held = new Gate();
  }

  /** Applies what was lost and may take effect later. */
  async applyLate(): Promise<void> {
    for (const apply of this.#late.splice(0)) await apply().catch(() => "overtaken");
  }

  /** The store as one system sees it. After `cut`, nothing that the system writes takes effect. */
  view(): { readonly store: Store; cut(): void } {
    const { memory } = this;
    let isCut = false;
    const cut = (): void => {
      isCut = true;
    };
    const guarded = <Args extends unknown[], Result>(
      call: (...args: Args) => Promise<Result>,
    ): ((...args: Args) => Promise<Result>) => {
      return async (...args) => {
        if (isCut) throw refusal("ERR_STORE_CLOSED");
        const result = await call(...args);
        if (isCut) throw refusal("ERR_STORE_UNKNOWN_OUTCOME"); // it may have been applied before the cut
        return result;
      };
    };
    const batch = guarded((operations: readonly WriteOperation[]) =>
      this.#batch(() => {
        if (isCut) throw refusal("ERR_STORE_CLOSED");
        return memory.batch(operations);
      }),
    );
    const store: Store = {
      get: guarded((key) => memory.get(key)),
      load: guarded((request) => this.#load(() => memory.load(request))),
      list: guarded((prefix, options) => memory.list(prefix, options)),
      listKeys: guarded((prefix, options) => memory.listKeys(prefix, options)),
      batch,
      put: async (key, value, options = {}) =>
        (await batch([{ ...options, kind: "put", key, value }])).revision,
      delete: async (key, options = {}) =>
        (await batch([{ ...options, kind: "delete", key }])).deleted > 0,
      deletePrefix: async (prefix) => (await batch([{ kind: "delete_prefix", prefix }])).deleted,
      close: async () => {},
    };
    return { store, cut };
  }

  async #load(load: () => Promise<Loaded>): Promise<Loaded> {
    const fault = this.#loadFaults.shift();
    if (fault === "load_fails") throw refusal("ERR_STORE_UNAVAILABLE");
    if (fault === "load_held") await this.#held.opened;
    return load();
  }

  async #batch(apply: () => Promise<BatchResult>): Promise<BatchResult> {
    const fault = this.#batchFaults.shift();
    switch (fault) {
      case "full":
        throw refusal("ERR_STORE_FULL");
      case "overloaded":
        throw refusal("ERR_STORE_OVERLOADED");
      case "unavailable":
        throw refusal("ERR_STORE_UNAVAILABLE");
      case "held":
        await this.#held.opened;
        return apply();
      case "lost_written":
        await apply();
        throw refusal("ERR_STORE_UNKNOWN_OUTCOME");
      case "lost_late":
        this.#late.push(async () => apply());
        throw refusal("ERR_STORE_UNKNOWN_OUTCOME");
      case "lost_unwritten":
        throw refusal("ERR_STORE_UNKNOWN_OUTCOME");
      default:
        return apply();
    }
  }

  /** Everything that is stored: texts by key. */
  async texts(): Promise<Map<string, string>> {
    const texts = new Map<string, string>();
    let cursor: string | undefined;
    do {
      const options = cursor === undefined ? { limit: 1_000 } : { limit: 1_000, cursor };
      const page = await this.memory.list("", options);
      for (const { key, value } of page.entries) texts.set(key, Buffer.from(value).toString());
      cursor = page.cursor;
    } while (cursor !== undefined);
    return texts;
  }
}
