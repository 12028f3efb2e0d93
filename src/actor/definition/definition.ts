import { requireName } from "../../base/names.ts";
import type { Backoff } from "../../supervision/backoff.ts";
import {
  Directive,
  type FailurePhase,
  type RestartPolicy,
} from "../../supervision/restart-policy.ts";
import type { RestartLimit } from "../../supervision/restart-window.ts";
import type { SupervisionStrategy } from "../../supervision/strategy.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import type { TypeTracing } from "../../telemetry/traces/actor-tracing.ts";
import type { ActorContext } from "./context.ts";
import { requireOptions, settle } from "./definition-options.ts";
import type {
  AnyHandlers,
  AnyMessages,
  DeclaredMessages,
  Handlers,
  PublicHandlers,
  UntypedHandlers,
  WhenFull,
} from "./messages.ts";
import type { ActorRef } from "./ref.ts";

/** A failure as passed to `onFailure`. */
export interface Failure {
  /** What failed. */
  readonly phase: FailurePhase;
  /** What was thrown, or an error with what was thrown as its cause. */
  readonly error: Error;
  /** The message, task or timer that failed; absent for failures of hooks and children. */
  readonly messageType?: string;
  /** The child that reached its restart limit, in the phase `child`. */
  readonly childId?: string;
  /** Restarts of this actor so far. */
  readonly restarts: number;
}

/** When a failed actor is restarted, and how often. */
export interface RestartOptions {
  /** Default `permanent`. */
  readonly policy?: RestartPolicy;
  /** Default 5 within a sliding window of 5,000 ms. One more ends the actor and makes its parent fail. */
  readonly maxRestarts?: number;
  /** Length of the sliding window, in milliseconds. Default 5,000. */
  readonly windowMs?: number;
  /**
   * Delays restarts, each longer than the one before; messages wait meanwhile. Defaults of omitted keys:
   * 100 ms, a factor of 2, at most 10,000 ms, and a jitter of 0.2. The delays start over after a life longer
   * than `maxMs`. Default: no delay.
   */
  readonly backoff?: Partial<Backoff>;
}

/** How an actor supervises its children. */
export interface SupervisionOptions {
  /** Which children restart when one of them fails. Default `one_for_one`. */
  readonly strategy?: SupervisionStrategy;
  /**
   * Maximum number of restarts of all children together within `windowMs`, counting each sibling that is
   * restarted along. One more ends the child and makes this actor fail. Default: unlimited; the limits of the
   * children still apply.
   */
  readonly maxRestarts?: number;
  /** Default 5,000 ms. */
  readonly windowMs?: number;
}

/**
 * Options of {@link defineActor}.
 *
 * @example
 * ```ts
 * const importer = defineActor("importer", {
 *   mailbox: { limit: 100, whenFull: "wait" },
 *   restart: { maxRestarts: 3, windowMs: 60_000, backoff: { initialMs: 200 } },
 *   taskDeadlineMs: 1_000, // a stop waits this long for tasks
 *   stopDeadlineMs: 10_000, // a stop takes at most this long
 *   stuckAfterMs: 2_000, // a handler that runs longer is reported
 *   handlers: {
 *     load: (c, path: string) => c.log.info({ path }, "loading"),
 *   },
 * });
 * await system.spawn(importer).tell.load("prices.csv"); // waits while 100 messages are queued
 * ```
 */
export interface ActorOptions<State, Input, Messages, Full extends WhenFull, Own = AnyMessages> {
  /** Creates the state of each life from the `input` given to `spawn`. Default: the state is `undefined`. */
  readonly state?: (input: Input) => State;
  /**
   * Declares the messages for the compiler, as functions without the context. Then `c.self` and `c.pipe` know
   * them, and handlers need no types of arguments. Exists for its type only: the value is an empty object.
   * Default: the compiler infers the messages from the handlers.
   *
   * @example `messages: {} as { deposit(amount: number): number; close(): void }`
   */
  readonly messages?: Own;
  /** The messages of the actor: one function each, whose arguments are those of the message. */
  readonly handlers: Messages;
  /** Runs before the first message; messages wait until it has completed. */
  readonly onStart?: (c: ActorContext<State, Own, Full>) => unknown;
  /** Runs after the last message before a stop or restart; not when the actor is killed. */
  readonly onStop?: (c: ActorContext<State, Own, Full>, reason: StopReason | "restart") => unknown;
  /**
   * Decides how a failure is handled. With `undefined` the restart policy decides, except that an actor whose
   * ask failed resumes, because the caller already has the error. Must be synchronous: a promise is ignored.
   */
  readonly onFailure?: (
    c: ActorContext<State, Own, Full>,
    failure: Failure,
  ) => Directive | undefined;
  /**
   * Runs, as a message, when a linked or watched actor has ended. Without this hook, the abnormal end of a
   * linked actor also ends this actor.
   *
   * @param error the error with which the other actor failed, if it failed
   */
  readonly onTerminated?: (
    c: ActorContext<State, Own, Full>,
    ref: ActorRef<UntypedHandlers>,
    reason: StopReason,
    error?: Error,
  ) => unknown;
  /** Size of the mailbox, and what happens when it is full. Default: 10,000 messages, `reject`. */
  readonly mailbox?: {
    /** Maximum number of waiting messages. Default 10,000. */
    readonly limit?: number;
    /**
     * Default `reject`: a tell to a full mailbox throws `ERR_MAILBOX_FULL` into the sender, with the message in
     * `error.args`. Where an actor does not catch it, the failure is counted and logged and the sender goes on;
     * its `onFailure` may decide otherwise.
     */
    readonly whenFull?: Full;
  };
  /** When the actor restarts after a failure. Default: always, 5 times in 5,000 ms, without delay. */
  readonly restart?: RestartOptions;
  /** How the actor supervises its children. Default: each child restarts alone, without a common limit. */
  readonly supervision?: SupervisionOptions;
  /** How long a stop waits for running tasks before aborting them, in milliseconds. Default 5,000. */
  readonly taskDeadlineMs?: number;
  /**
   * How long a stop may take, including the messages still queued, in milliseconds, before the actor is
   * killed. Also limits how long a restart waits for the previous life to end. Default 30,000.
   */
  readonly stopDeadlineMs?: number;
  /**
   * How long a handler or hook may run, including what it awaits, before it is reported as stuck, in
   * milliseconds. Default 5,000.
   */
  readonly stuckAfterMs?: number;
  /** Tracing of this type's messages. Default: all messages are traced, as children of their senders. */
  readonly tracing?: TypeTracing;
}

/** {@link ActorOptions} with any state, input and messages, as used inside the runtime. */
export type AnyOptions = ActorOptions<unknown, unknown, AnyHandlers, WhenFull>;

/** {@link RestartOptions}, checked and with defaults filled in. */
export interface RestartSettings extends RestartLimit {
  /** After which failures the actor restarts. */
  readonly policy: RestartPolicy;
  /** `undefined` restarts without a delay. */
  readonly backoff: Backoff | undefined;
}

/** {@link SupervisionOptions}, checked and with defaults filled in; `maxRestarts` may be infinite. */
export interface SupervisionSettings extends RestartLimit {
  /** Which children restart when one of them fails. */
  readonly strategy: SupervisionStrategy;
}

/** Options of a definition, checked and with defaults filled in. */
export interface ActorSettings {
  /** Maximum number of waiting messages. */
  readonly mailboxLimit: number;
  /** What happens to the senders of a full mailbox. */
  readonly whenFull: WhenFull;
  /** When the actor restarts. */
  readonly restart: RestartSettings;
  /** How the actor supervises its children. */
  readonly supervision: SupervisionSettings;
  /** How long a stop waits for tasks before it aborts them. */
  readonly taskDeadlineMs: number;
  /** How long a stop may take before the actor is killed. */
  readonly stopDeadlineMs: number;
  /** How long a handler or hook may run before it is reported as stuck. */
  readonly stuckAfterMs: number;
  /** Tracing of this type's messages. */
  readonly tracing: TypeTracing;
}

/** An actor type. Created once by {@link defineActor}; can be spawned any number of times in any system. */
export interface ActorDefinition<
  State,
  Input,
  Messages extends AnyHandlers,
  Full extends WhenFull = "reject",
> {
  /** The name given to {@link defineActor}. */
  readonly type: string;
  /** The options as given to {@link defineActor}. */
  readonly options: ActorOptions<State, Input, Messages, Full>;
  /** The options, checked and with defaults filled in. */
  readonly settings: ActorSettings;
}

/** A definition with any state and messages, for code that does not depend on them. */
export interface AnyActorDefinition {
  /** The name given to {@link defineActor}. */
  readonly type: string;
  /** The options as given to {@link defineActor}. */
  readonly options: { readonly handlers: object };
  /** The options, checked and with defaults filled in. */
  readonly settings: ActorSettings;
}

/** Options of `spawn`. `input` is required exactly when the state factory takes one. */
export type SpawnArguments<Input> = [Input] extends [undefined]
  ? [options?: { readonly name?: string }]
  : [optionsWithInput: { readonly name?: string; readonly input: Input }];

/** Options of `c.spawnChild`: those of `spawn`, and overrides of the definition for this child. */
export type SpawnChildArguments<Input> = [Input] extends [undefined]
  ? [options?: { readonly name?: string; readonly restart?: RestartOptions }]
  : [
      optionsWithInput: {
        readonly name?: string;
        readonly restart?: RestartOptions;
        readonly input: Input;
      },
    ];

/**
 * Defines an actor type. Call it once per type, in the module: each definition has to be compiled for each system that
 * uses it.
 *
 * @param type name on metrics, spans and logs; 1 to 64 characters of `A-Z a-z 0-9 _ $ . -`
 * @throws {@link UsageError} `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`
 * @example
 * ```ts
 * const counter = defineActor("counter", {
 *   state: (input: { start: number }) => ({ count: input.start }),
 *   handlers: {
 *     add: (c, by: number) => (c.state.count += by),
 *   },
 * });
 * const visits = system.spawn(counter, { input: { start: 100 } });
 * await visits.ask.add(2); // 102
 * ```
 */
export function defineActor<
  State = undefined,
  Input = undefined,
  Own extends DeclaredMessages<Own> = AnyMessages,
  const Full extends WhenFull = "reject",
  Messages extends Handlers<State, Own, Full> = Handlers<State, Own, Full>,
>(
  type: string,
  options: ActorOptions<State, Input, Messages, Full, Own>,
): ActorDefinition<State, Input, PublicHandlers<NoInfer<Own>, Messages>, Full> {
  requireName("actor type", type);
  requireOptions(type, options);
  // Declared messages matter to the compiler only, and only within the definition.
  type Erased = ActorOptions<State, Input, PublicHandlers<NoInfer<Own>, Messages>, Full>;
  const erased = options as unknown as Erased;
  return Object.freeze({ type, options: erased, settings: settle(erased) });
}

/** Returns whether `value` is a valid result of `onFailure`. */
export function isDirective(value: unknown): value is Directive {
  return Object.values(Directive).some((directive) => directive === value);
}
