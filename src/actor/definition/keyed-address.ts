/** A key of a keyed actor: one text, or 1 to 16 parts. `"a"` and `["a"]` are the same key. */
export type ActorKey = string | readonly string[];

declare const ADDRESS: unique symbol;

/**
 * The part of a keyed definition that {@link ActorSystem} uses. Its type carries the input of the actor's state and the
 * type of its refs.
 */
export interface KeyedAddress<Input, Ref> {
  /** The name given to `defineKeyedActor`. */
  readonly type: string;
  /** Distinguishes keyed definitions from those of `defineActor`. */
  readonly keyed: true;
  /** Exists for its type only. */
  readonly [ADDRESS]?: (input: Input) => Ref;
}

/** A keyed definition, or the name of its type. A name also reaches actors whose type is no longer defined. */
export type KeyedType = KeyedAddress<never, unknown> | string;

/**
 * Options of `system.get`. `input` is passed to `state` and `onCreate` if the actor does not exist when it wakes; it has
 * no effect on an actor that exists.
 */
export type GetArguments<Input> = [Input] extends [undefined]
  ? []
  : [options?: { readonly input: Input }];

/** Which keys to list. */
export interface KeysOptions {
  /** Only keys whose actor is awake in this process, or only those whose actor is not. Default: both. */
  readonly state?: "awake" | "asleep";
  /**
   * A text lists keys whose first part begins with it. Parts list the keys that begin with these parts and have further
   * ones: `["plant-1"]` lists `["plant-1", "pump-7"]`, but neither `["plant-1"]` nor `["plant-10", "pump-7"]`.
   * Default: all keys.
   */
  readonly prefix?: ActorKey;
  /** `cursor` of the page before. Default: the first page. */
  readonly cursor?: string;
  /** Maximum number of keys of the page, 1 to 1,000. Default 100. */
  readonly limit?: number;
}

/** One stored key. `awake` describes this process; everything else is as of the actor's last commit. */
export interface KeyRow {
  /** The parts of the key. */
  readonly key: readonly string[];
  /** Whether the actor is awake in this process, starting and ending included. */
  readonly awake: boolean;
  /** Number of its activations so far. */
  readonly generation: number;
  /** When it was last created, woken or put to sleep, in milliseconds since the epoch. */
  readonly usedAtMs: number;
  /** Size of the stored state as JSON, in bytes of UTF-8. */
  readonly stateBytes: number;
  /** Number of stored schedules. */
  readonly schedules: number;
  /** Number of messages in its queues, without those that were set aside. */
  readonly queued: number;
}

/** A page of stored keys, sorted by the bytes of their encoded text. */
export interface KeyListing {
  /** The keys of the page. */
  readonly keys: readonly KeyRow[];
  /** Where the next page begins; `undefined` on the last page. A page with a cursor may be empty. */
  readonly cursor: string | undefined;
}
