import type {
  ContextManager,
  DiagLogger,
  LoggerProvider,
  MeterProvider,
  ProxyTracerProvider,
  TextMapPropagator,
  TracerProvider,
} from "@opentelemetry/api";
import { type ApiCopies, findApiCopies } from "./api-copies.ts";

/** What an SDK registers with the API. */
export interface Registered {
  readonly trace?: TracerProvider | undefined;
  readonly metrics?: MeterProvider | undefined;
  readonly logs?: LoggerProvider | undefined;
  readonly context?: ContextManager | undefined;
  readonly propagation?: TextMapPropagator | undefined;
  readonly diag?: DiagLogger | undefined;
}

/** The object that all copies of API 1.x share. Its fields are the same in all of them. */
type ApiGlobals = { readonly version?: string } & {
  -readonly [Name in keyof Registered]: Registered[Name];
};

const KEY = Symbol.for("opentelemetry.js.api.1");
const shared = globalThis as { [KEY]?: ApiGlobals };
const RELEASE = /^1\.(\d+)\.(\d+)$/;

/** Returns whether an SDK is registered, through whichever copy of the API. */
export function hasRegisteredSdk(): boolean {
  const { trace, metrics } = shared[KEY] ?? {};
  return trace !== undefined || metrics !== undefined;
}

/**
 * Registers an SDK so that each copy of `@opentelemetry/api` sees it.
 *
 * The API's own functions register for one copy: a copy with a later minor version refuses what an earlier
 * one has registered, and tracers that were requested before from any other copy stay inactive.
 */
export class ApiRegistration {
  readonly #copies: ApiCopies;
  readonly #proxies: readonly ProxyTracerProvider[];
  readonly #logProxies: readonly LogProxy[];

  /** Must be created while no SDK is registered. */
  constructor() {
    this.#copies = findApiCopies();
    this.#proxies = this.#copies.loaded.flatMap(({ trace, ProxyTracerProvider }) => {
      const provider = trace.getTracerProvider();
      return provider instanceof ProxyTracerProvider ? [provider] : [];
    });
    this.#logProxies = this.#copies.loaded.flatMap(({ logs }) => {
      const provider = logs?.getLoggerProvider();
      return isLogProxy(provider) ? [provider] : [];
    });
  }

  /** Registers `parts`. A part that is present and `undefined` takes back what was registered before. */
  register(parts: Registered): void {
    const globals = claimGlobals(this.#copies.versions);
    const { trace, ...others } = parts;
    for (const [name, part] of Object.entries(others)) {
      if (part === undefined) Reflect.deleteProperty(globals, name);
      else Object.assign(globals, { [name]: part });
    }
    if (parts.logs !== undefined)
      for (const proxy of this.#logProxies) proxy._setDelegate(parts.logs);
    if (trace !== undefined) {
      for (const proxy of this.#proxies) proxy.setDelegate(trace);
      // A proxy, as the API registers it: some libraries ask it for its delegate.
      globals.trace = this.#proxies[0] ?? trace;
    } else if ("trace" in parts) delete globals.trace;
  }
}

/** What a copy of the API hands out loggers from before an SDK is registered. It has no public method for this. */
interface LogProxy {
  _setDelegate(provider: LoggerProvider): void;
}

function isLogProxy(provider: object | undefined): provider is LogProxy {
  return typeof (provider as Partial<LogProxy> | undefined)?._setDelegate === "function";
}

/** Returns the shared object, under the latest of the versions: earlier copies accept it, later ones would not. */
function claimGlobals(versions: readonly string[]): ApiGlobals {
  const existing = shared[KEY];
  const known = existing?.version === undefined ? versions : [existing.version, ...versions];
  const version = latest(known);
  if (existing !== undefined && existing.version === version) return existing;
  const { version: _earlier, ...registered } = existing ?? {};
  const globals: ApiGlobals = Object.defineProperty(registered, "version", {
    value: version,
    enumerable: true,
  });
  shared[KEY] = globals;
  return globals;
}

/** Returns the latest release. Pre-releases accept nothing but themselves. */
function latest(versions: readonly string[]): string | undefined {
  let [found] = versions;
  for (const version of versions) {
    if (rank(version) > rank(found)) found = version;
  }
  return found;
}

function rank(version: string | undefined): number {
  const [, minor, patch] = RELEASE.exec(version ?? "") ?? [];
  return minor === undefined ? -1 : Number(minor) * 1_000 + Number(patch);
}
