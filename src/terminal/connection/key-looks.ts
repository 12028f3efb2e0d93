import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { KeyDetail, KeyedTypeRow, KeyList } from "../../wire/keys.ts";
import type { ConsoleClient } from "./console-client.ts";
import { TopError } from "./top-error.ts";

const EVERY_MS = 2_000;
/** Keys of the largest page that a console returns. */
export const MAX_KEYS = 1_000;

/** Which keys are looked at. */
export interface KeyWish {
  /** Name of the system; `undefined` for the first one that defines the type. */
  readonly system: string | undefined;
  /** `undefined` for the first type. */
  readonly type: string | undefined;
  readonly prefix: string;
  readonly state: "awake" | "asleep" | undefined;
  /** 1 to {@link MAX_KEYS}. */
  readonly limit: number;
  /** Id of the key that is inspected. */
  readonly openId: string | undefined;
}

/** What has been read. */
export interface KeyLook {
  readonly types: readonly KeyedTypeRow[];
  /** The type whose keys these are; `undefined` when there is none. */
  readonly type: string | undefined;
  readonly list: KeyList;
  /** The inspected key; `undefined` when none is, or when it no longer exists. */
  readonly detail: KeyDetail | undefined;
}

export interface KeyLooksOptions {
  readonly client: ConsoleClient;
  readonly clock: Clock;
  onChange(): void;
}

/** Reads stored keys again and again, as long as they are looked at. No actor is woken. */
export class KeyLooks {
  readonly #options: KeyLooksOptions;
  #wished = "";
  #abort = new AbortController();
  #next: ClockTimer | undefined;
  #current: KeyLook | undefined;
  #problem: string | undefined;

  constructor(options: KeyLooksOptions) {
    this.#options = options;
  }

  /** What was read last; `undefined` before the first answer. */
  get current(): KeyLook | undefined {
    return this.#current;
  }

  /** Why the last read has failed; `undefined` if it has not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Looks at other keys; `undefined` ends the requests. */
  follow(wish: KeyWish | undefined): void {
    const wished = JSON.stringify(wish ?? null);
    if (wished === this.#wished) return;
    this.close();
    this.#wished = wished;
    if (wish === undefined) this.#current = undefined;
    else void this.#look(wish); // never rejects
  }

  close(): void {
    this.#next?.cancel();
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#wished = "";
  }

  async #look(wish: KeyWish): Promise<void> {
    const { client, clock, onChange } = this.#options;
    const { signal } = this.#abort;
    try {
      const look = await readKeys(client, wish, signal);
      if (signal.aborted) return;
      this.#current = look;
      this.#problem = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    onChange();
    this.#next = clock.schedule(() => void this.#look(wish), EVERY_MS, KeepAlive.No);
  }
}

/**
 * Reads types, keys and the opened key.
 *
 * @throws {@link TopError} when the console cannot be read
 */
export async function readKeys(
  client: ConsoleClient,
  wish: KeyWish,
  signal?: AbortSignal,
): Promise<KeyLook> {
  const { system, prefix, state, limit, openId } = wish;
  const all = await read<{ types: readonly KeyedTypeRow[] }>(client, "api/key-types", signal);
  const types = all.types.filter((row) => system === undefined || row.system === system);
  const type = wish.type ?? types[0]?.type;
  if (type === undefined) {
    return { types, type, list: { keys: [], cursor: null }, detail: undefined };
  }
  const query = new URLSearchParams({ type, prefix, limit: String(limit) });
  if (state !== undefined) query.set("state", state);
  if (system !== undefined) query.set("system", system);
  const place = system === undefined ? "" : `?${new URLSearchParams({ system })}`;
  const detail =
    openId === undefined
      ? undefined
      : readDetail(client, `${encodeURIComponent(openId)}${place}`, signal);
  const list = await read<KeyList>(client, `api/keys?${query}`, signal);
  return { types, type, list, detail: await detail };
}

/** Returns a key; `undefined` when it no longer exists. */
async function readDetail(
  client: ConsoleClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<KeyDetail | undefined> {
  try {
    return await read<KeyDetail>(client, `api/keys/${path}`, signal);
  } catch (error) {
    if (error instanceof TopError) return undefined;
    throw error;
  }
}

async function read<Value>(
  client: ConsoleClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Value> {
  const options = signal === undefined ? {} : { signal };
  const response = await client.get(path, "application/json", options);
  return (await response.json()) as Value;
}
