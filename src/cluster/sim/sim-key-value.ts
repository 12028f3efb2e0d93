import { Deferred } from "../../base/async/deferred.ts";
import type { SharedState } from "../embedded/shared-state.ts";
import type {
  KeyValue,
  KeyValueCondition,
  KeyValueEntry,
  KeyValueListener,
  KeyValuePage,
  Watch,
} from "../engine/key-value.ts";
import { requirePrefix, requireTokens } from "../engine/tokens.ts";
import type { Link } from "./link.ts";
import { LinkStream } from "./link-stream.ts";
import { Traffic } from "./network.ts";
import type { SimHost } from "./sim-host.ts";

/** A key-value behind a link. */
export class SimKeyValue implements KeyValue {
  readonly #link: Link;
  readonly #host: SimHost;
  readonly #of: (state: SharedState) => KeyValue;
  readonly #name: string;
  #watches = 0;

  /** @param of returns the key-value of the server */
  constructor(link: Link, host: SimHost, name: string, of: (state: SharedState) => KeyValue) {
    this.#link = link;
    this.#host = host;
    this.#name = name;
    this.#of = of;
  }

  async read(key: string): Promise<KeyValueEntry | undefined> {
    requireTokens("key", key);
    return await this.#link.call(Traffic.Request, "", (state) => this.#of(state).read(key));
  }

  async put(key: string, value: Uint8Array, condition?: KeyValueCondition): Promise<number> {
    requireTokens("key", key);
    const copy = new Uint8Array(value);
    return await this.#link.call(Traffic.Write, "", (state) =>
      this.#of(state).put(key, copy, condition),
    );
  }

  async remove(key: string, condition?: KeyValueCondition): Promise<void> {
    requireTokens("key", key);
    await this.#link.call(Traffic.Write, "", (state) => this.#of(state).remove(key, condition));
  }

  async list(prefix: string, page?: KeyValuePage): Promise<readonly KeyValueEntry[]> {
    requirePrefix("prefix", prefix);
    const list = (state: SharedState): Promise<readonly KeyValueEntry[]> =>
      this.#of(state).list(prefix, page);
    return await this.#link.call(Traffic.Request, "", list);
  }

  async watch(prefix: string, listener: KeyValueListener): Promise<Watch> {
    requirePrefix("prefix", prefix);
    this.#watches += 1;
    const channel = `${this.#name}.watch.${this.#watches}`;
    const current = new Deferred<void>();
    const stream = new LinkStream(this.#link, this.#host, channel, async (state, send) => {
      const watch = await this.#of(state).watch(prefix, {
        changed: (entry) => send(() => listener.changed(entry)),
        removed: (key) => send(() => listener.removed(key)),
        current: () =>
          send(() => {
            listener.current();
            current.resolve();
          }),
      });
      return () => watch.stop();
    });
    await stream.start();
    await current.promise; // also after a break: the stream begins anew
    return { stop: () => stream.stop() };
  }
}
