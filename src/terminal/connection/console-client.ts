import { errorType } from "../../base/errors.ts";
import type { ConsoleAddress } from "./console-address.ts";
import { TopError, TopErrorCode } from "./top-error.ts";

/** The HTTP client, replaced in tests. */
export type Fetch = typeof globalThis.fetch;

/** HTTP client of a console. Every unexpected response is a {@link TopError}. */
export class ConsoleClient {
  readonly #address: ConsoleAddress;
  readonly #fetch: Fetch;

  constructor(address: ConsoleAddress, fetch: Fetch = globalThis.fetch) {
    this.#address = address;
    this.#fetch = fetch;
  }

  /** The console's address for messages, without the token. */
  get place(): string {
    return this.#address.base.href;
  }

  /**
   * Sends `GET path` and returns the response, whose type must be `contentType`.
   *
   * @throws {@link TopError} with a code for the reason
   */
  async get(path: string, contentType: string, options: RequestInit = {}): Promise<Response> {
    const { base, token } = this.#address;
    const headers = new Headers(options.headers);
    headers.set("accept", contentType);
    if (token !== "") headers.set("authorization", `Bearer ${token}`);
    const url = new URL(path, base);
    const response = await this.#fetch(url, { redirect: "manual", ...options, headers }).catch(
      (error: unknown) => {
        throw this.#explain(error);
      },
    );
    if (response.status === 200 && isOf(contentType, response)) return response;
    throw await this.#complain(response);
  }

  #explain(error: unknown): TopError {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const type = errorType(cause);
    if (type === "HTTPParserError" || type.startsWith("HPE_")) {
      return this.notAConsole("what answers there does not speak HTTP", cause);
    }
    const why = type === "AbortError" ? "no answer in time" : reasonOf(cause, type);
    return new TopError(`no answer from ${this.place} (${why}); is the program running?`, {
      code: TopErrorCode.Unreachable,
      cause,
    });
  }

  async #complain(response: Response): Promise<TopError> {
    const { status } = response;
    const said = await problemOf(response);
    if (status === 401) {
      const known = this.#address.token === "" ? "needs a token" : "does not take this token";
      return new TopError(
        `the console at ${this.place} ${known}; use the address that the program printed when it started`,
        { code: TopErrorCode.Token },
      );
    }
    if (said === undefined) return this.notAConsole(`GET was answered with status ${status}`);
    return new TopError(`the console at ${this.place} refuses: ${said}`, {
      code: TopErrorCode.Refused,
    });
  }

  /** Creates the error for a server that is not a console. */
  notAConsole(why: string, cause?: unknown): TopError {
    return new TopError(`there is no console at ${this.place}: ${why}`, {
      code: TopErrorCode.NotAConsole,
      cause,
    });
  }
}

/** Returns the cause's code if it has one, and its message otherwise. */
function reasonOf(cause: unknown, type: string): string {
  return cause instanceof Error && cause.name === type ? cause.message : type;
}

function isOf(contentType: string, { headers }: Response): boolean {
  return headers.get("content-type")?.toLowerCase().startsWith(contentType) ?? false;
}

/** Returns the message of a console's error response; `undefined` when the response is not from a console. */
async function problemOf(response: Response): Promise<string | undefined> {
  if (!isOf("application/json", response)) {
    await response.body?.cancel();
    return undefined;
  }
  const body: unknown = await response.json().catch(() => undefined);
  const error = fieldOf(body, "error");
  const [message, code] = [fieldOf(error, "message"), fieldOf(error, "code")];
  if (typeof message !== "string" || typeof code !== "string") return undefined;
  return `${message} (${code})`;
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
