import { errorType } from "../../base/errors.ts";
import type { ConsoleAddress } from "./console-address.ts";
import { TopError, TopErrorCode } from "./top-error.ts";

/** What the client needs of the machine; tests give their own. */
export type Fetch = typeof globalThis.fetch;

/** Asks a console; every answer but the one that was asked for is a {@link TopError}. */
export class ConsoleClient {
  readonly #address: ConsoleAddress;
  readonly #fetch: Fetch;

  constructor(address: ConsoleAddress, fetch: Fetch = globalThis.fetch) {
    this.#address = address;
    this.#fetch = fetch;
  }

  /** Where the console is, for messages: without the token. */
  get place(): string {
    return this.#address.base.href;
  }

  /**
   * The answer to `GET path`, which says that it is of `contentType`.
   *
   * @throws {@link TopError} with the code that says what there is instead
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
    return new TopError(`nobody answers at ${this.place} (${why}); is the program running?`, {
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

  /** There is something, but no console. */
  notAConsole(why: string, cause?: unknown): TopError {
    return new TopError(`there is no console at ${this.place}: ${why}`, {
      code: TopErrorCode.NotAConsole,
      cause,
    });
  }
}

/** Its code where it has one; else what it says, which then is all there is. */
function reasonOf(cause: unknown, type: string): string {
  return cause instanceof Error && cause.name === type ? cause.message : type;
}

function isOf(contentType: string, { headers }: Response): boolean {
  return headers.get("content-type")?.toLowerCase().startsWith(contentType) ?? false;
}

/** What a console says in its errors; `undefined` when it is none that speaks. */
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
