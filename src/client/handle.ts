import { encodeKeySegment } from "../wire/actor-path.ts";
import { CallError } from "./call-error.ts";
import { type ClientSettings, callSettings } from "./client-settings.ts";
import type { CallOptions } from "./client-types.ts";
import { authorization, HttpSender, headersOf, unreached } from "./http-sender.ts";
import type { CallSettings } from "./repeated-call.ts";
import { type AnySends, sendsOf } from "./sender.ts";

/** An actor, by what its type and its key are in JavaScript. */
export interface ActorName {
  readonly type: string;
  readonly key: readonly string[];
  /** `undefined` without one. */
  readonly input: unknown;
}

/** Opens a connection to an actor. */
export type Connect<Connection> = (
  name: ActorName,
  options: { readonly params?: unknown },
  settings: CallSettings,
) => Connection;

/** An actor behind a gateway, reached over HTTP. */
export class Handle<Connection> implements AnySends {
  readonly key: readonly string[];
  readonly ask: AnySends["ask"];
  readonly tell: AnySends["tell"];
  readonly queue: AnySends["queue"];
  readonly #client: ClientSettings;
  readonly #name: ActorName;
  readonly #settings: CallSettings;
  readonly #connect: Connect<Connection>;
  readonly #url: string;

  /** @throws {@link CallError} `ERR_INVALID_KEY` */
  constructor(
    client: ClientSettings,
    name: ActorName,
    settings: CallSettings,
    connect: Connect<Connection>,
  ) {
    this.#client = client;
    this.#name = name;
    this.#settings = settings;
    this.#connect = connect;
    this.#url = `${client.url}/actors/${encodeURIComponent(name.type)}/${segmentOf(name.key)}`;
    const sends = sendsOf(new HttpSender(client, this.#url, name.input), settings);
    this.key = name.key;
    this.ask = sends.ask;
    this.tell = sends.tell;
    this.queue = sends.queue;
  }

  with(options: CallOptions): Handle<Connection> {
    const settings = callSettings(this.#settings, options);
    return new Handle(this.#client, this.#name, settings, this.#connect);
  }

  connect(options: { readonly params?: unknown } = {}): Connection {
    return this.#connect(this.#name, options, this.#settings);
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(`${this.#url}/request${path}`);
    // A dot segment would lead to another route.
    if (!path.startsWith("/") || !url.href.startsWith(`${this.#url}/request/`)) {
      const message = "the path of a request must begin with / and stay below it";
      throw new CallError(message, { code: "ERR_INVALID_OPTION" });
    }
    const own = { ...this.#client.inject(), ...(await authorization(this.#client)) };
    const headers = headersOf(init.headers, own);
    const signal = init.signal ?? this.#settings.signal ?? null;
    try {
      return await this.#client.fetch(url, { ...init, headers, signal });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw unreached(error);
    }
  }
}

/** @throws {@link CallError} `ERR_INVALID_KEY` */
function segmentOf(key: readonly string[]): string {
  try {
    // `encodeURIComponent` would take `undefined` for a text.
    if (key.length > 0 && key.every((part) => typeof part === "string" && part !== "")) {
      return encodeKeySegment(key);
    }
  } catch {
    // Half a surrogate pair.
  }
  const message = "a key must have one or more parts, which are strings, not empty and well-formed";
  throw new CallError(message, { code: "ERR_INVALID_KEY" });
}
