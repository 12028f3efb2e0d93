import { type Attributes, type Context, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { ActorScope, ScopeKind } from "../../telemetry/context/actor-scope.ts";
import type { TypeTracing } from "../../telemetry/traces/actor-tracing.ts";
import { finishSpan } from "../../telemetry/traces/guarded-spans.ts";
import type { ActorCell } from "../cell/cell.ts";

/** Context and span of a hook. */
export interface HookSpan {
  readonly base: Context;
  readonly span: Span | undefined;
  /** Whether the span was opened for the hook and must be ended with it. */
  readonly owned: boolean;
}

/** Opens the span of a start or stop, a child of the requester's span. */
export function openHookSpan(
  cell: ActorCell,
  verb: string,
  base: Context,
  parent: Span | undefined,
  options: { readonly attributes?: Attributes; readonly tracing?: TypeTracing } = {},
): HookSpan {
  const { tracing } = cell.type.system;
  const name = `${cell.actorType} ${verb}`;
  const span = tracing.openOwn(name, cell, base, parent, options);
  return keepOpen(cell, base, span, span !== parent);
}

/** Opens the span of a restart, in a new trace that links to the failure. */
export function openRestartSpan(cell: ActorCell, cause: Span | undefined): HookSpan {
  const name = `${cell.actorType} restart`;
  const { tracing } = cell.type.system;
  const span = tracing.openOwn(name, cell, ROOT_CONTEXT, undefined, { cause });
  return keepOpen(cell, ROOT_CONTEXT, span, span !== undefined);
}

/** Registers an own span with the actor, so that a kill ends it even if the hook never settles. */
function keepOpen(
  cell: ActorCell,
  base: Context,
  span: Span | undefined,
  owned: boolean,
): HookSpan {
  if (owned) cell.span = span;
  return { base, span, owned };
}

/** Ends the span of a hook, unless a kill has ended it. */
export function closeHookSpan(
  cell: ActorCell,
  { span, owned }: HookSpan,
  error: Error | undefined,
): void {
  if (!owned || span === undefined || cell.span !== span) return;
  cell.span = undefined;
  finishSpan(span, error);
}

/** Ends the span of a hook that runs while its actor is killed. */
export function cutHookShort(cell: ActorCell): void {
  const { span, actorId } = cell;
  if (span === undefined) return;
  cell.span = undefined;
  const text = `${actorId} was killed during a hook`;
  finishSpan(span, new LimelightError(text, { code: ErrorCode.ActorKilled }));
}

/** An error thrown by a hook. Wrapped, since an error with a `then` method would be taken for a promise. */
export interface HookFailure {
  readonly error: Error;
}

/**
 * Runs user code in the actor's scope. Returns a thrown error as a value: at once, unless the code returns a promise.
 * Most hooks and most steps of the runtime return none, and no caller has to wait for these.
 */
export function runHook(
  cell: ActorCell,
  { base, span }: HookSpan,
  hook: () => unknown,
): HookFailure | undefined | Promise<HookFailure | undefined> {
  try {
    const { frame } = cell.type.system.dispatcher;
    const scope = new ActorScope(base, span, cell, ScopeKind.Hook);
    const result = frame.enter(scope, runAs, cell, hook, undefined);
    return isToBeAwaited(result) ? failureOf(result) : undefined;
  } catch (thrown) {
    return { error: toError(thrown) };
  }
}

/** Unlike `isThenable`, throws what a getter of `then` throws: it is the hook's error. */
function isToBeAwaited(result: unknown): result is PromiseLike<unknown> {
  if ((typeof result !== "object" && typeof result !== "function") || result === null) return false;
  return typeof (result as { readonly then?: unknown }).then === "function";
}

async function failureOf(hook: PromiseLike<unknown>): Promise<HookFailure | undefined> {
  try {
    await hook;
    return undefined;
  } catch (thrown) {
    return { error: toError(thrown) };
  }
}

/** Marks the actor as the running one, for code that has to identify it without a context manager. */
function runAs(cell: ActorCell, hook: () => unknown): unknown {
  const { system } = cell.type;
  const { running } = system;
  system.running = cell;
  try {
    return hook();
  } finally {
    system.running = running;
  }
}
