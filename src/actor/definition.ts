import { ErrorCode, UsageError } from "../base/errors.ts";
import { requireName } from "../base/names.ts";
import { choiceOption, numberOption } from "../base/options.ts";
import { Directive, type FailurePhase, RestartPolicy } from "../supervision/restart-policy.ts";
import { TellRelation, type TypeTracing } from "../telemetry/actor-tracing.ts";
import type { StopReason } from "../telemetry/attributes.ts";
import type { ActorContext } from "./context.ts";
import { type Handlers, WhenFull } from "./messages.ts";

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

/** Options of `spawn`; `input` is required exactly where the state factory wants one. */
export type SpawnArguments<Input> = [Input] extends [undefined]
  ? [options?: { readonly name?: string }]
  : [options: { readonly name?: string; readonly input: Input }];

const MAX_MESSAGES = 1_000;
const DAY_MS = 86_400_000;

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
  requireHandlers(type, options.handlers);
  return Object.freeze({ type, options, settings: settle(options) });
}

function requireHandlers(type: string, handlers: unknown): void {
  const entries = typeof handlers === "object" && handlers !== null ? Object.entries(handlers) : [];
  if (entries.length === 0 || entries.length > MAX_MESSAGES) {
    throw new UsageError(`\`handlers\` of ${type} must hold 1 to ${MAX_MESSAGES} functions`, {
      code: ErrorCode.InvalidOption,
    });
  }
  for (const [name, handler] of entries) {
    requireName(`message of ${type}`, name);
    if (typeof handler === "function") continue;
    throw new UsageError(`handler ${name} of ${type} must be a function`, {
      code: ErrorCode.InvalidOption,
    });
  }
}

function settle<State, Input, Messages, Full extends WhenFull>(
  options: ActorOptions<State, Input, Messages, Full>,
): ActorSettings {
  const { mailbox, restart, tracing = {} } = options;
  const positive = { min: 1, max: 10_000_000, integer: true };
  const duration = { min: 0, max: DAY_MS };
  choiceOption("tracing.tell", tracing.tell, TellRelation.Child, Object.values(TellRelation));
  numberOption("tracing.sampleRatio", tracing.sampleRatio, 1, { min: 0, max: 1 });
  return {
    mailboxLimit: numberOption("mailbox.limit", mailbox?.limit, 10_000, positive),
    whenFull: choiceOption<WhenFull>(
      "mailbox.whenFull",
      mailbox?.whenFull,
      WhenFull.Reject,
      Object.values(WhenFull),
    ),
    restartPolicy: choiceOption(
      "restart.policy",
      restart?.policy,
      RestartPolicy.Permanent,
      Object.values(RestartPolicy),
    ),
    maxRestarts: numberOption("restart.maxRestarts", restart?.maxRestarts, 5, {
      min: 0,
      max: 1_000_000,
      integer: true,
    }),
    windowMs: numberOption("restart.windowMs", restart?.windowMs, 5_000, { min: 1, max: DAY_MS }),
    taskDeadlineMs: numberOption("taskDeadlineMs", options.taskDeadlineMs, 5_000, duration),
    tracing: Object.freeze({ ...tracing }),
  };
}

/** Whether `value` is something `onFailure` may answer. */
export function isDirective(value: unknown): value is Directive {
  return Object.values(Directive).some((directive) => directive === value);
}
