import { requireName } from "../../base/names.ts";
import type { Backoff } from "../../supervision/backoff.ts";
import {
  Directive,
  type FailurePhase,
  type RestartPolicy,
} from "../../supervision/restart-policy.ts";
import type { RestartLimit } from "../../supervision/restart-window.ts";
import type { SupervisionStrategy } from "../../supervision/strategy.ts";
import type { TypeTracing } from "../../telemetry/actor-tracing.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import type { ActorContext } from "./context.ts";
import { requireOptions, settle } from "./definition-options.ts";
import type { Handlers, UntypedHandlers, WhenFull } from "./messages.ts";
import type { ActorRef } from "./ref.ts";

/** What supervision tells `onFailure`. */
export interface Failure {
  readonly phase: FailurePhase;
  readonly error: Error;
  /** The message, task or timer that failed; absent for hooks and children. */
  readonly messageType?: string;
  /** The child that gave up, in the phase `child`. */
  readonly childId?: string;
  /** Restarts of this actor so far. */
  readonly restarts: number;
}

/** When an actor that failed is restarted, and how often. */
export interface RestartOptions {
  /** Default `permanent`. */
  readonly policy?: RestartPolicy;
  /** Default 5 in 5,000 ms, in a sliding window. One more ends the actor, and its parent fails. */
  readonly maxRestarts?: number;
  readonly windowMs?: number;
  /**
   * Puts restarts off, each longer than the one before; messages wait meanwhile. What is left out is 100 ms,
   * a factor of 2, at most 10,000 ms, and a jitter of 0.2. A life longer than `maxMs` begins a new series.
   * Default: no delay.
   */
  readonly backoff?: Partial<Backoff>;
}

/** What an actor does about its children. */
export interface SupervisionOptions {
  /** Which children restart when one does. Default `one_for_one`. */
  readonly strategy?: SupervisionStrategy;
  /**
   * Restarts of all children together in any `windowMs`, each sibling that restarts along counted; one more
   * ends the child, and this actor fails. Default: no limit but the children's own.
   */
  readonly maxRestarts?: number;
  /** Default 5,000 ms. */
  readonly windowMs?: number;
}

/** What {@link defineActor} takes. */
export interface ActorOptions<State, Input, Messages, Full extends WhenFull> {
  /** Makes the state of each life from what `spawn` was given. */
  readonly state?: (input: Input) => State;
  readonly handlers: Messages;
  /** Runs before the first message; messages wait meanwhile. */
  readonly onStart?: (c: ActorContext<State>) => unknown;
  /** Runs after the last message of a stop or before a restart; not when killed. */
  readonly onStop?: (c: ActorContext<State>, reason: StopReason | "restart") => unknown;
  /**
   * Decides what a failure leads to. `undefined` leaves it to the policy; for an ask that is to resume,
   * since the caller has got the error. It must answer at once: a promise decides nothing.
   */
  readonly onFailure?: (c: ActorContext<State>, failure: Failure) => Directive | undefined;
  /**
   * Told of the end of an actor this one is linked to or watches, as a message among the others. Without it
   * a link that ends abnormally ends this actor, too.
   *
   * @param error what the other one failed with, where it failed
   */
  readonly onTerminated?: (
    c: ActorContext<State>,
    ref: ActorRef<UntypedHandlers>,
    reason: StopReason,
    error?: Error,
  ) => unknown;
  readonly mailbox?: {
    /** Messages that may wait. Default 10,000. */
    readonly limit?: number;
    /**
     * Default `reject`: a tell to a full mailbox throws `ERR_MAILBOX_FULL` into the sender, with the message in
     * `error.args`. Where an actor does not catch it, the failure is counted and logged and the sender goes on;
     * its `onFailure` may decide otherwise.
     */
    readonly whenFull?: Full;
  };
  readonly restart?: RestartOptions;
  readonly supervision?: SupervisionOptions;
  /** How long a stop waits for running tasks before it aborts them, in milliseconds. Default 5,000. */
  readonly taskDeadlineMs?: number;
  /**
   * How long a stop may take from its request to its end, with all that is queued, in milliseconds; then
   * the actor is killed. Also bounds how long a restart waits for the old life. Default 30,000.
   */
  readonly stopDeadlineMs?: number;
  /**
   * How long a handler or hook may run before it is reported as stuck, in milliseconds, what it awaits
   * included. Default 5,000.
   */
  readonly stuckAfterMs?: number;
  readonly tracing?: TypeTracing;
}

/** {@link ActorOptions} of whatever state, input and messages, as the runtime sees them. */
export type AnyOptions = ActorOptions<unknown, unknown, Handlers<unknown>, WhenFull>;

/** {@link RestartOptions}, checked and with defaults filled in. */
export interface RestartSettings extends RestartLimit {
  readonly policy: RestartPolicy;
  /** `undefined`: restarts are not put off. */
  readonly backoff: Backoff | undefined;
}

/** {@link SupervisionOptions}, checked and with defaults filled in; `maxRestarts` may be infinite. */
export interface SupervisionSettings extends RestartLimit {
  readonly strategy: SupervisionStrategy;
}

/** Options of a definition, checked and with defaults filled in. */
export interface ActorSettings {
  readonly mailboxLimit: number;
  readonly whenFull: WhenFull;
  readonly restart: RestartSettings;
  readonly supervision: SupervisionSettings;
  readonly taskDeadlineMs: number;
  readonly stopDeadlineMs: number;
  readonly stuckAfterMs: number;
  readonly tracing: TypeTracing;
}

/** An actor type: made once by {@link defineActor}, spawned any number of times, in any system. */
export interface ActorDefinition<
  State,
  Input,
  Messages extends Handlers<State>,
  Full extends WhenFull = "reject",
> {
  readonly type: string;
  readonly options: ActorOptions<State, Input, Messages, Full>;
  readonly settings: ActorSettings;
}

/** A definition of whatever state and messages, where they do not matter. */
export interface AnyActorDefinition {
  readonly type: string;
  readonly options: { readonly handlers: object };
  readonly settings: ActorSettings;
}

/** Options of `spawn`; `input` is required exactly where the state factory wants one. */
export type SpawnArguments<Input> = [Input] extends [undefined]
  ? [options?: { readonly name?: string }]
  : [options: { readonly name?: string; readonly input: Input }];

/** Options of `c.spawnChild`: those of `spawn`, and what differs from the definition for this child. */
export type SpawnChildArguments<Input> = [Input] extends [undefined]
  ? [options?: { readonly name?: string; readonly restart?: RestartOptions }]
  : [options: { readonly name?: string; readonly restart?: RestartOptions; readonly input: Input }];

/**
 * Defines an actor type.
 *
 * @param type name on metrics, spans and logs; 1 to 64 of `A-Z a-z 0-9 _ $ . -`
 * @throws {@link UsageError} `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`
 */
export function defineActor<
  State = undefined,
  Input = undefined,
  Messages extends Handlers<State> = Handlers<State>,
  const Full extends WhenFull = "reject",
>(
  type: string,
  options: ActorOptions<State, Input, Messages, Full>,
): ActorDefinition<State, Input, Messages, Full> {
  requireName("actor type", type);
  requireOptions(type, options);
  return Object.freeze({ type, options, settings: settle(options) });
}

/** Whether `value` is something `onFailure` may answer. */
export function isDirective(value: unknown): value is Directive {
  return Object.values(Directive).some((directive) => directive === value);
}
