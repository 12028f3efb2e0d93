declare const BODY: unique symbol;

/**
 * What happens to events for a connection whose client reads more slowly than they are sent.
 *
 * @enum
 */
export const WhenSlow = {
  /** Its socket is closed. The client reconnects and gets what it missed, or is told that events are missing. */
  Close: "close",
  /** Events are left out, and the client is told how many as soon as it reads again. */
  Drop: "drop",
} as const;
export type WhenSlow = (typeof WhenSlow)[keyof typeof WhenSlow];

/** Options of {@link event}. */
export interface EventOptions {
  /** Default `close`. */
  readonly whenSlow?: WhenSlow;
}

/** An event of a keyed definition, made by {@link event}. Its type carries that of the event's body. */
export interface EventDefinition<Body> extends EventOptions {
  /** Exists for its type only. */
  readonly [BODY]?: (body: Body) => void;
}

/** The events of a definition, by name, with any bodies. */
export type AnyEvents = Readonly<Record<string, EventDefinition<never>>>;

/** Events of a definition without any. */
export type NoEvents = Readonly<Record<never, never>>;

/** The body of an event. Without one, it is inferred as `never` within a definition. */
export type EventBody<Event> =
  Event extends EventDefinition<infer Body> ? ([Body] extends [never] ? undefined : Body) : never;

/** The body as an argument, which is left out for events without one. */
export type BodyArguments<Body> = [Body] extends [undefined] ? [body?: undefined] : [body: Body];

/**
 * Declares an event of a keyed actor, for its option `events`. Connections subscribe to events by name.
 *
 * @example
 * ```ts
 * const thermostat = defineKeyedActor("thermostat", {
 *   state: () => ({ celsius: 20 }),
 *   events: { changed: event<{ celsius: number }>(), ticked: event({ whenSlow: "drop" }) },
 *   handlers: {
 *     set(c, celsius: number) {
 *       c.state.celsius = celsius;
 *       c.broadcast("changed", { celsius }); // sent once the change is stored
 *     },
 *   },
 * });
 * await system.get(thermostat, "hall").ask.set(21);
 * ```
 */
export function event<Body = undefined>(options: EventOptions = {}): EventDefinition<Body> {
  return options;
}

/** How many of an actor's last events are kept for clients that reconnect. */
export interface ReplayOptions {
  /** Maximum number of events. 0 keeps none: clients are told of each gap. Default 1,000. */
  readonly events?: number;
  /** Maximum size of their bodies as JSON, in bytes of UTF-8. Default 1 MiB. */
  readonly bytes?: number;
}
