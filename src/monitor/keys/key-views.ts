import type {
  ConnectionList,
  KeyDetail,
  KeyedTypeRow,
  KeyListRow,
  StartupRow,
} from "../../wire/keys.ts";

/** Which keys of a type to list. */
export interface KeyQuery {
  readonly type: string;
  /** What the text of the key begins with; empty for all keys. */
  readonly prefix: string;
  readonly state: "awake" | "asleep" | undefined;
  /** `cursor` of the page before; `undefined` for the first page. */
  readonly cursor: string | undefined;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** A page of keys in order. */
export interface KeyPage {
  readonly keys: readonly Omit<KeyListRow, "system">[];
  readonly cursor: string | undefined;
}

/** What is stored of a key. */
export interface KeyReading extends Omit<KeyDetail, "key" | "state"> {
  readonly key: Omit<KeyListRow, "system">;
  /** The stored state; `undefined` when there is none. */
  readonly state: { readonly value: unknown } | undefined;
}

/** What viewers may do to a key. */
export type KeyOperation = {
  readonly type: string;
  /** Text of the key. */
  readonly key: string;
} & (
  | { readonly action: "wake" | "sleep" | "destroy" }
  | { readonly action: "cancel_schedule" | "run_schedule"; readonly scheduleId: string }
  | { readonly action: "requeue"; readonly queue: string; readonly messageId: string }
  | { readonly action: "close_connection"; readonly connectionId: string }
);

/**
 * The keyed actors of a system for viewers. Reads use the store and the list of actors in memory: they neither wake an
 * actor nor keep it awake. They reject with the error of the store.
 */
export interface KeyViews {
  /** Returns whether the system defines a type of this name. */
  defines(type: string): boolean;
  /** Returns the types that are defined or have stored actors, by name. */
  types(): Promise<readonly Omit<KeyedTypeRow, "system">[]>;
  /** Returns a page of stored keys. */
  list(query: KeyQuery): Promise<KeyPage>;
  /** Returns what is stored of a key; `undefined` when there is nothing. */
  read(type: string, key: string): Promise<KeyReading | undefined>;
  /** Returns the oldest connections of a key, none while it sleeps; `undefined` when nothing is stored under it. */
  connections(type: string, key: string, limit: number): Promise<ConnectionList | undefined>;
  /** Returns the start of an actor in memory; `undefined` for actors without a key. */
  startOf(actorId: string): StartupRow | undefined;
  /**
   * Performs an operation. The promise resolves once it is carried out, or, for a sleep and a destroy, requested.
   *
   * @returns whether the actor is in memory afterwards; `undefined` when there is no such key, schedule,
   * message or connection
   */
  perform(operation: KeyOperation): Promise<boolean | undefined>;
}

const views = new WeakMap<object, KeyViews>();

/** Registers the keyed actors of a system. */
export function addKeyViews(system: object, of: KeyViews): void {
  views.set(system, of);
}

/** Returns the keyed actors of a system; `undefined` when it has none. */
export function keyViewsOf(system: object): KeyViews | undefined {
  return views.get(system);
}
