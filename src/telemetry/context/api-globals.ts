import {
  type Context,
  type ContextManager,
  type DiagLogger,
  type MeterProvider,
  ROOT_CONTEXT,
  type TextMapPropagator,
  type TracerProvider,
} from "@opentelemetry/api";
import { rootOf } from "./foreign-root.ts";

/**
 * What has been registered with `@opentelemetry/api`, read from the object that its copies share.
 *
 * The API offers no check for a registered SDK, and probing for one costs 30–400 ns, too much for a check
 * made on each message. Its functions also refuse an SDK that was registered by an older copy, which is what
 * an application has that uses an older SDK than limelight's own. The key and the fields of the object are the
 * same in all of API 1.x; a test checks this file against the installed version. If they change, nothing is
 * seen as registered. Even this read costs 15 ns, so the runtime does it at each wake-up of its dispatcher,
 * not at each message.
 */
interface ApiGlobals {
  /** Version of the copy that registered first. */
  readonly version?: string;
  readonly context?: ContextManager;
  readonly trace?: TracerProvider;
  readonly metrics?: MeterProvider;
  readonly propagation?: TextMapPropagator;
  readonly diag?: DiagLogger;
}

const KEY = Symbol.for("opentelemetry.js.api.1");
const NOTHING: ApiGlobals = {};
let globals: ApiGlobals = NOTHING;

/** Reads the shared object again: it appears with the first registration, and a preload may replace it. */
export function refreshApiGlobals(): void {
  globals = (globalThis as { [KEY]?: ApiGlobals })[KEY] ?? NOTHING;
}

/** Returns all that is registered, read again. */
export function apiGlobals(): ApiGlobals {
  refreshApiGlobals();
  return globals;
}

/**
 * Returns the registered context manager, which propagates contexts across an `await`. The API's own
 * functions look it up at each call, which costs more than the work they then do.
 */
export function contextManager(): ContextManager | undefined {
  return globals.context;
}

/** Returns whether a context manager is registered. */
export function hasContextManager(): boolean {
  return globals.context !== undefined;
}

/** Returns whether a tracer provider is registered, so that spans may be recorded. */
export function hasTracerProvider(): boolean {
  return globals.trace !== undefined;
}

/** Returns the registered meter provider, or `undefined`. Compare by identity to detect a change. */
export function registeredMeterProvider(): MeterProvider | undefined {
  return globals.metrics;
}

let knownManager: ContextManager | undefined;
let foreignRoot: Context | undefined;

/** Returns the active context of `manager`. The root context of another copy of the API becomes this one's. */
export function activeIn(manager: ContextManager): Context {
  if (manager !== knownManager) {
    knownManager = manager;
    foreignRoot = rootOf(manager);
  }
  const active = manager.active();
  return active === foreignRoot ? ROOT_CONTEXT : active;
}
