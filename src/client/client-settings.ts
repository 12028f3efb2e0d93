import { CallError } from "./call-error.ts";
import type { CallOptions, ClientOptions } from "./client-types.ts";
import { type Platform, systemPlatform } from "./platform.ts";
import type { CallSettings } from "./repeated-call.ts";

/** The options of a client, complete, and the platform it runs on. */
export interface ClientSettings {
  readonly platform: Platform;
  /** URL of the gateway, without a slash at its end. */
  readonly url: string;
  readonly calls: CallSettings;
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket;
  /** Whether {@link ClientSettings.token} may return another one when it is called again. */
  readonly hasNewTokens: boolean;
  /**
   * Returns the token.
   *
   * @throws {@link CallError} `ERR_TOKEN` when the option `token` has failed
   */
  token(): Promise<string | undefined>;
  /**
   * Returns the headers of the present context.
   *
   * @throws {@link CallError} `ERR_INVALID_OPTION` when the option `inject` throws
   */
  inject(): Readonly<Record<string, string>>;
}

/** @throws {@link CallError} `ERR_INVALID_OPTION` */
export function clientSettings(
  url: string | URL,
  options: ClientOptions,
  platform: Platform = systemPlatform,
): ClientSettings {
  const { token, inject } = options;
  const calls = { timeoutMs: 10_000, retries: 4, idempotent: false, signal: undefined };
  return {
    platform,
    url: requireUrl(url),
    calls: callSettings(calls, options),
    // Browsers refuse a `fetch` that is called as the method of another object.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    WebSocket: options.WebSocket ?? globalThis.WebSocket,
    hasNewTokens: typeof token === "function",
    token: async () => await readToken(token),
    inject() {
      const carrier: Record<string, string> = {};
      try {
        inject?.(carrier);
      } catch (cause) {
        throw invalid("`inject` has failed", cause);
      }
      return carrier;
    },
  };
}

/** @throws {@link CallError} `ERR_INVALID_OPTION` */
export function callSettings(
  settings: CallSettings,
  options: CallOptions & Pick<ClientOptions, "retries">,
): CallSettings {
  const { timeoutMs = settings.timeoutMs, retries = settings.retries } = options;
  for (const [name, value] of Object.entries({ timeoutMs, retries })) {
    if (typeof value === "number" && value >= 0) continue;
    throw invalid(`${name} must be a number of at least 0, not ${value}`);
  }
  const { idempotent = settings.idempotent, signal = settings.signal } = options;
  return { timeoutMs, retries, idempotent, signal };
}

function requireUrl(url: string | URL): string {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  let parsed: URL;
  try {
    parsed = new URL(url, location?.href);
  } catch (cause) {
    throw invalid(urlRule(url), cause);
  }
  const scheme = parsed.protocol.replace(/^ws/, "http");
  if (!/^https?:$/.test(scheme)) throw invalid(urlRule(url));
  return `${scheme}//${parsed.host}${parsed.pathname.replace(/\/+$/, "")}`;
}

function urlRule(url: unknown): string {
  const { location } = globalThis as { readonly location?: object };
  const orPath = location === undefined ? "" : " or a path";
  return `the URL of a gateway must be such as https://shop.example/api${orPath}, not "${url}"`;
}

async function readToken(token: ClientOptions["token"]): Promise<string | undefined> {
  try {
    return typeof token === "function" ? await token() : token;
  } catch (cause) {
    throw new CallError("the token could not be read", { code: "ERR_TOKEN", cause });
  }
}

function invalid(message: string, cause?: unknown): CallError {
  return new CallError(message, { code: "ERR_INVALID_OPTION", cause });
}
