import { type Context, type ContextManager, ROOT_CONTEXT } from "@opentelemetry/api";
import { ActorScope } from "./actor-scope.ts";

/**
 * What has been registered with `@opentelemetry/api`, read from the object its copies share.
 *
 * The API has no "is an SDK there?" call, and asking by trying costs 30–400 ns, too much for a question
 * that comes with every message. The object's key and fields have been the same in all of API 1.x; a test
 * holds this file against the installed version. Should they change, nothing is seen as registered. Even
 * this look costs 15 ns, so the runtime takes it at each wake-up of its dispatcher, not at each message.
 */
interface ApiGlobals {
  readonly context?: ContextManager;
  readonly trace?: unknown;
  readonly metrics?: unknown;
}

const KEY = Symbol.for("opentelemetry.js.api.1");
const NOTHING: ApiGlobals = {};
let globals: ApiGlobals = NOTHING;

/** Looks for the shared object again: it appears with the first registration and then stays. */
export function refreshApiGlobals(): void {
  if (globals === NOTHING) globals = (globalThis as { [KEY]?: ApiGlobals })[KEY] ?? NOTHING;
}

/**
 * The registered context manager, which makes contexts survive an `await`. The API's own functions look
 * it up anew at each call, which costs more than what they then do.
 */
export function contextManager(): ContextManager | undefined {
  return globals.context;
}

/** Whether a context manager is registered. */
export function hasContextManager(): boolean {
  return globals.context !== undefined;
}

/** Whether a tracer provider is registered, so that spans may be recorded. */
export function hasTracerProvider(): boolean {
  return globals.trace !== undefined;
}

/** The registered meter provider, or `undefined`; compare by identity to notice a change. */
export function registeredMeterProvider(): unknown {
  return globals.metrics;
}

/** The active context, for somebody who hands it on. */
export function activeContext(): Context {
  const { context } = globals;
  if (context === undefined) return ROOT_CONTEXT;
  const active = context.active();
  if (active instanceof ActorScope) active.known = true;
  return active;
}
