import type {
  Failure,
  RestartOptions,
  SupervisionOptions,
} from "../../actor/definition/definition.ts";
import { requireOptions } from "../../actor/definition/definition-options.ts";
import type { KeyedAddress } from "../../actor/definition/keyed-address.ts";
import type {
  AnyHandlers,
  AnyMessages,
  DeclaredMessages,
  HandlerResult,
  PublicHandlers,
  UntypedHandlers,
  WhenFull,
} from "../../actor/definition/messages.ts";
import type { ActorRef } from "../../actor/definition/ref.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { requireName } from "../../base/names.ts";
import type { Directive } from "../../supervision/restart-policy.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import type { TypeTracing } from "../../telemetry/traces/actor-tracing.ts";
import type { DatabaseOptions } from "./database-types.ts";
import type { AnyEvents, NoEvents, ReplayOptions } from "./event-types.ts";
import type { Faceted, Facets } from "./facets.ts";
import type { KeyedContext, NoQueues } from "./keyed-context.ts";
import type { KeyedRef } from "./keyed-ref.ts";
import { KEYED_LIMITS, type KeyedSettings, settleKeyed } from "./keyed-settings.ts";
import type { OutsideHooks } from "./outside-hooks.ts";
import type { AnyQueues } from "./queue-types.ts";
import type { SaveMode } from "./save-mode.ts";
import type { SleepReason } from "./sleep-reason.ts";

/** The arguments of a declared message. */
type ArgumentsOf<Message> = Message extends (...args: infer Arguments) => unknown
  ? Arguments
  : never;

/** The result of a declared message. */
type ResultOf<Message> = Message extends (...args: never[]) => infer Result ? Result : never;

/**
 * Handles one message of a keyed actor. Receives the actor's context and the arguments of the message. A function type
 * and no conditional one: the compiler instantiates a conditional type before it has inferred what is written above the
 * handlers, such as the type of `c.vars`.
 */
export type KeyedHandler<Context, Message> = (
  c: Context,
  ...args: ArgumentsOf<Message>
) => HandlerResult<ResultOf<Message>>;

/** The handlers of a keyed actor, by message name; exactly the declared ones, if messages are declared. */
export type KeyedHandlers<Context, Own> = {
  readonly [Name in keyof Own]: KeyedHandler<Context, Own[Name]>;
};

/**
 * Options of {@link defineKeyedActor}.
 *
 * @example
 * ```ts
 * const limiter = defineKeyedActor("limiter", {
 *   state: (input: { perMinute: number }) => ({ ...input, tokens: input.perMinute }),
 *   save: "interval", // replies do not wait for the store
 *   saveIntervalMs: 5_000,
 *   idleMs: 60_000,
 *   expireAfterMs: 3_600_000, // removed one hour after its last use
 *   handlers: {
 *     allow: (c) => c.state.tokens-- > 0,
 *   },
 * });
 * const client = system.get(limiter, ["api", "203.0.113.7"], { input: { perMinute: 60 } });
 * await client.ask.allow(); // true
 * ```
 */
export interface KeyedOptions<
  State,
  Input,
  Vars,
  Queues extends AnyQueues,
  Events extends AnyEvents,
  Params,
  ConnectionState,
  Messages,
  Full extends WhenFull,
  Own,
> extends OutsideHooks<State, Vars, Queues, Events, Params, ConnectionState, Own, Full> {
  /**
   * Creates the state once in the actor's life: `null`, booleans, finite numbers, texts, arrays and plain objects.
   * Default: the state is `undefined`, and none is stored.
   *
   * If its only parameter has no default, it is not called without an input (`ERR_INPUT_MISSING`). With two parameters
   * it is called with `undefined`.
   */
  readonly state?: (input: Input, key: readonly string[]) => State;
  /** Version of the state's shape. Increase it together with a change of `migrate`. Default 1. */
  readonly version?: number;
  /** Turns a state of an older version into one of the current version. Synchronous; required from version 2 on. */
  readonly migrate?: (old: unknown, from: number) => NoInfer<State>;
  /**
   * Declares the messages for the compiler; see {@link ActorOptions}. Default: the compiler infers the messages from
   * the handlers.
   */
  readonly messages?: Own;
  /** Stored queues, each made by {@link queue}. Default: none. */
  readonly queues?: Queues;
  /** Events that connections can subscribe to, each made by {@link event}. Default: none. */
  readonly events?: Events;
  /** How many of the last events are kept for clients that reconnect. Default: 1,000 events, 1 MiB. */
  readonly replay?: ReplayOptions;
  /**
   * Creates what is kept in memory for one life, such as connections; a promise is awaited. Write it before the
   * handlers, so that the compiler knows the type of `c.vars` in them.
   *
   * `handed` is what `onHandOver` of the activation before has returned, if the actor has just come from another process of
   * the cluster; otherwise `undefined`. It may be of another release: check it. If `vars` throws with it, it is called without.
   */
  readonly vars?: (
    c: KeyedContext<
      NoInfer<State>,
      undefined,
      NoInfer<Queues>,
      NoInfer<Events>,
      unknown,
      NoInfer<Own>,
      Full
    >,
    handed: unknown,
  ) => Vars | Promise<Vars>;
  /** The messages of the actor: one function each, whose arguments are those of the message. May be empty. */
  readonly handlers: Messages &
    KeyedHandlers<
      KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
      NoInfer<Own>
    >;
  /** Runs once in the actor's life, before its first commit; its changes are part of that commit. */
  readonly onCreate?: (
    c: KeyedContext<State, undefined, Queues, Events, ConnectionState, Own, Full>,
    input: Input,
  ) => unknown;
  /** Runs before the first message of each life. */
  readonly onWake?: (
    c: KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
  ) => unknown;
  /** Runs beside the handlers while the actor is awake. It may return; a throw is a failure of a task. */
  readonly run?: (
    c: KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
  ) => Promise<unknown>;
  /** Runs after the last message and the commit of an activation, whose changes are stored again; not after a kill. */
  readonly onSleep?: (
    c: KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
    reason: SleepReason,
  ) => unknown;
  /**
   * Returns what `vars` of the next activation is given of this one's memory when the actor moves to another process of the
   * cluster: JSON of at most 64 KiB. Synchronous; runs after the last message, before `onSleep`. Needs `vars`. Whatever
   * fails, the actor moves, and its next activation begins without it.
   */
  readonly onHandOver?: (
    c: KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
  ) => unknown;
  /** Runs instead of `onSleep` when the actor is destroyed, before everything is removed. */
  readonly onDestroy?: (
    c: KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
  ) => unknown;
  /** Decides how a failure is handled, as for {@link ActorOptions}. */
  readonly onFailure?: (
    c: KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
    failure: Failure,
  ) => Directive | undefined;
  /** Runs, as a message, when a linked or watched actor has ended, as for {@link ActorOptions}. */
  readonly onTerminated?: (
    c: KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
    ref: ActorRef<UntypedHandlers>,
    reason: StopReason,
    error?: Error,
  ) => unknown;
  /** How long nothing has to keep the actor awake before it sleeps. `Infinity`: it never does. Default 30,000 ms. */
  readonly idleMs?: number;
  /** When the changes of an ask are stored. Default `before_reply`. */
  readonly save?: SaveMode;
  /** How long changes that no reply waits for may stay unsaved. Default 1,000 ms. */
  readonly saveIntervalMs?: number;
  /** Maximum size of the state as JSON, in bytes of UTF-8; a warning is raised from one half on. Default 1 MiB. */
  readonly maxStateBytes?: number;
  /** How long after its last use everything stored is removed, without waking the actor. Default: never. */
  readonly expireAfterMs?: number;
  /** Maximum number of schedules. Default 1,000. */
  readonly maxSchedules?: number;
  /** A SQLite database for each actor. Default: none. */
  readonly database?: DatabaseOptions;
  /** Size of the mailbox, also while the actor starts. Default: 10,000 messages, `reject`. */
  readonly mailbox?: { readonly limit?: number; readonly whenFull?: Full };
  /** When the actor restarts after a failure. Default: always, 5 times in 5,000 ms, without delay. */
  readonly restart?: RestartOptions;
  /** How the actor supervises its children. Default: each child restarts alone, without a common limit. */
  readonly supervision?: SupervisionOptions;
  /** How long the drain waits for tasks before aborting them, in milliseconds. Default 5,000. */
  readonly taskDeadlineMs?: number;
  /**
   * How long a step of the start may take, such as `onWake`, before the start fails, in milliseconds. Default 30,000.
   */
  readonly startDeadlineMs?: number;
  /** How long going to sleep may take before the activation is killed, in milliseconds. Default 30,000. */
  readonly stopDeadlineMs?: number;
  /** How long a handler or hook may run before it is reported as stuck, in milliseconds. Default 5,000. */
  readonly stuckAfterMs?: number;
  /** Tracing of this type's messages. Default: all messages are traced, as children of their senders. */
  readonly tracing?: TypeTracing;
}

/** A keyed actor type. Created once by {@link defineKeyedActor}; its actors are reached by `system.get`. */
export interface KeyedDefinition<
  Type extends string,
  Input,
  Messages,
  Queues = NoQueues,
  Full extends WhenFull = "reject",
  Events = NoEvents,
  Params = undefined,
> extends KeyedAddress<Input, KeyedRef<Messages, Queues, Full>>,
    Faceted<Facets<Messages, Queues, Events, Params, Input>> {
  /** The name given to `defineKeyedActor`. */
  readonly type: Type;
}

/** A keyed definition as the runtime uses it: the options as given, and the settings. */
export interface AnyKeyedDefinition extends KeyedAddress<never, unknown> {
  readonly options: KeyedOptions<
    unknown,
    unknown,
    unknown,
    AnyQueues,
    AnyEvents,
    unknown,
    unknown,
    AnyHandlers,
    WhenFull,
    unknown
  >;
  readonly settings: KeyedSettings;
}

/** The options that are functions. */
const HOOKS = [
  "state",
  "migrate",
  "vars",
  "onCreate",
  "onWake",
  "run",
  "onHandOver",
  "onSleep",
  "onDestroy",
  "onFailure",
  "onTerminated",
  "onBeforeConnect",
  "onConnect",
  "onDisconnect",
  "onRequest",
] as const;
const OTHERS = [...Object.keys(KEYED_LIMITS), "save", "queues", "events", "replay", "database"];

/**
 * Defines an actor type whose actors are addressed by a key. An actor wakes on its first message, keeps its state in the
 * store of the system, and sleeps when it is idle. Call it once per type, in the module.
 *
 * @param type name in the store and on metrics, spans and logs; 1 to 64 characters of `A-Z a-z 0-9 _ $ . -`
 * @throws {@link UsageError} `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`
 * @example
 * ```ts
 * const cart = defineKeyedActor("cart", {
 *   state: () => ({ lines: {} as Record<string, number> }),
 *   handlers: {
 *     add(c, item: string, quantity: number) {
 *       c.state.lines[item] = (c.state.lines[item] ?? 0) + quantity;
 *       return c.state.lines; // given to the asker once the change is stored
 *     },
 *     checkOut(c) {
 *       c.destroy(); // removes everything stored under this key
 *       return c.state.lines;
 *     },
 *   },
 * });
 * const alice = system.get(cart, "alice"); // at once; the first message wakes the actor
 * await alice.ask.add("lamp", 2);
 * await alice.ask.checkOut(); // {"lamp": 2}
 * ```
 */
export function defineKeyedActor<
  const Type extends string,
  State = undefined,
  Input = undefined,
  Vars = undefined,
  Queues extends AnyQueues = NoQueues,
  Events extends AnyEvents = NoEvents,
  Params = undefined,
  ConnectionState = void,
  Own extends DeclaredMessages<Own> = AnyMessages,
  const Full extends WhenFull = "reject",
  Messages = unknown,
>(
  type: Type,
  options: KeyedOptions<
    State,
    Input,
    Vars,
    Queues,
    Events,
    Params,
    ConnectionState,
    Messages,
    Full,
    Own
  >,
): KeyedDefinition<
  Type,
  Input,
  PublicHandlers<NoInfer<Own>, Messages>,
  Queues,
  Full,
  Events,
  Params
> {
  requireName("actor type", type);
  requireOptions(type, options, { hooks: HOOKS, others: OTHERS, minHandlers: 0 });
  const definition = { type, keyed: true as const, options, settings: settleKeyed(type, options) };
  return Object.freeze(definition);
}

/**
 * Returns a definition as the runtime uses it.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` when `value` was not returned by `defineKeyedActor`
 */
export function requireKeyedDefinition(value: unknown): AnyKeyedDefinition {
  if (isKeyedDefinition(value)) return value;
  throw new UsageError("what `defineKeyedActor` returns is needed", {
    code: ErrorCode.InvalidOption,
  });
}

/** Returns whether `value` was returned by `defineKeyedActor`. */
export function isKeyedDefinition(value: unknown): value is AnyKeyedDefinition {
  const { type, keyed, options, settings } = (value ?? {}) as Partial<AnyKeyedDefinition>;
  if (keyed !== true || typeof type !== "string") return false;
  return typeof options === "object" && typeof settings === "object";
}
