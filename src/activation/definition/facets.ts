declare const FACETS: unique symbol;

/** What others see of an actor type. Exists for its types only. */
export interface Facets<Messages, Queues, Events, Params, Input> {
  /** The messages, as functions of the context and the arguments. */
  readonly messages: Messages;
  /** The queues, by name. */
  readonly queues: Queues;
  /** The events, by name. */
  readonly events: Events;
  /** What a client passes to `connect`. */
  readonly params: Params;
  /** The input of the actor's state. */
  readonly input: Input;
}

/** Carries the type of what others see of an actor type. */
export interface Faceted<Seen> {
  /** Exists for its type only. */
  readonly [FACETS]?: Seen;
}

/** The {@link Facets} of a definition, or of what `expose` returned. */
export type FacetsOf<Value> = Value extends { readonly [FACETS]?: infer Seen }
  ? NonNullable<Seen>
  : never;
