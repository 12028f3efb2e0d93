import { requireName } from "../base/names.ts";
import { Directive, type FailurePhase, type RestartPolicy } from "../supervision/restart-policy.ts";
import type { TypeTracing } from "../telemetry/actor-tracing.ts";
import type { StopReason } from "../telemetry/attributes.ts";
import type { ActorContext } from "./context.ts";
import { requireOptions, settle } from "./definition-options.ts";
import type { Handlers, WhenFull } from "./messages.ts";

/** What supervision tells `onFailure`. */
export interface Failure {
  readonly phase: FailurePhase;
  readonly error: Error;
  /** The message, task or timer that failed; absent for hooks. */
  readonly messageType?: string;
  /** Restarts of this actor so far. */
  readonly restarts: number;
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
   * since the caller has got the error.
   */
  readonly onFailure?: (c: ActorContext<State>, failure: Failure) => Directive | undefined;
  readonly mailbox?: {
    /** Messages that may wait. Default 10,000. */
    readonly limit?: number;
    /** Default `reject`. */
    readonly whenFull?: Full;
  };
  readonly restart?: {
    /** Default `permanent`. */
    readonly policy?: RestartPolicy;
    /** Default 5 in 5,000 ms, in a sliding window. */
    readonly maxRestarts?: number;
    readonly windowMs?: number;
  };
  /** How long a stop waits for running tasks before it aborts them, in milliseconds. Default 5,000. */
  readonly taskDeadlineMs?: number;
  /**
   * How long a stop may take from its request to its end, with all that is queued, in milliseconds; then
   * the actor is killed. Also bounds how long a restart waits for the old life. Default 30,000.
   */
  readonly stopDeadlineMs?: number;
  readonly tracing?: TypeTracing;
}

/** Options of a definition, checked and with defaults filled in. */
export interface ActorSettings {
  readonly mailboxLimit: number;
  readonly whenFull: WhenFull;
  readonly restartPolicy: RestartPolicy;
  readonly maxRestarts: number;
  readonly windowMs: number;
  readonly taskDeadlineMs: number;
  readonly stopDeadlineMs: number;
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
