import { CallOutcome } from "../wire/gateway-frames.ts";
import { waitMs } from "./backoff.ts";
import { CallError, disconnected, gatewayError, toJson } from "./call-error.ts";
import type { ClientSettings } from "./client-settings.ts";
import { type Attempt, callWithRepeats } from "./repeated-call.ts";
import { type CallRequest, type Sender, Sends } from "./sender.ts";

/**
 * How connections fail before anything is sent, in Node, Bun and Deno. Browsers do not tell. Codes such as `EHOSTUNREACH` are
 * also those of connections that fail later.
 */
const NOT_SENT =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|connect E[A-Z]|CONNECT_TIMEOUT|ConnectionRefused|\(Connect\)/;

/** Sends calls to one actor, each as a request over HTTP. */
export class HttpSender implements Sender {
  readonly #client: ClientSettings;
  /** URL of the actor. */
  readonly #url: string;
  readonly #input: unknown;

  constructor(client: ClientSettings, url: string, input: unknown) {
    this.#client = client;
    this.#url = url;
    this.#input = input;
  }

  call(request: CallRequest): Promise<unknown> {
    const carrier = this.#client.inject();
    return callWithRepeats(this.#client.platform, request.settings, (attempt) => {
      const controller = new AbortController();
      settle(attempt, this.#send(request, attempt, { carrier, signal: controller.signal }));
      return () => controller.abort();
    });
  }

  async #send(request: CallRequest, attempt: Attempt, { carrier, signal }: Sent): Promise<unknown> {
    const { fetch, hasNewTokens } = this.#client;
    const target = this.#url + pathOf(request, waitMs(attempt.leftMs()));
    const body = this.#bodyOf(request);
    const post = async (): Promise<Response> => {
      const headers = headersOf(carrier, {
        ...(await authorization(this.#client)),
        "content-type": "application/json",
      });
      attempt.sent();
      try {
        return await fetch(target, { method: "POST", body, signal, headers });
      } catch (error) {
        throw unreached(error);
      }
    };
    let response = await post();
    if (response.status === 401 && hasNewTokens) response = await post();
    return await resultOf(response, request);
  }

  #bodyOf({ sends, value }: CallRequest): string {
    const isQueued = sends === Sends.Queued || sends === Sends.QueuedAsk;
    return toJson(
      isQueued || this.#input === undefined ? value : { args: value, input: this.#input },
    );
  }
}

/** What the attempts of a call have in common. */
interface Sent {
  readonly carrier: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The header that says who calls; empty without a token. */
export async function authorization(client: ClientSettings): Promise<Record<string, string>> {
  const token = await client.token();
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/**
 * Returns the headers of a request.
 *
 * @throws {@link CallError} `ERR_INVALID_OPTION` for a token, or a header that `inject` has added, which cannot be sent
 */
export function headersOf(
  given: RequestInit["headers"],
  own: Readonly<Record<string, string>>,
): Headers {
  try {
    const headers = new Headers(given);
    for (const [name, value] of Object.entries(own)) headers.set(name, value);
    return headers;
  } catch (cause) {
    const message = "the token or a header has characters that cannot be sent";
    throw new CallError(message, { code: "ERR_INVALID_OPTION", cause });
  }
}

function pathOf({ sends, name }: CallRequest, ms: number): string {
  const encoded = encodeURIComponent(name);
  switch (sends) {
    case Sends.Ask:
      return `/ask/${encoded}?timeoutMs=${ms}`;
    case Sends.Tell:
      return `/tell/${encoded}`;
    case Sends.Queued:
      return `/queue/${encoded}`;
    case Sends.QueuedAsk:
      return `/queue/${encoded}?waitMs=${ms}`;
  }
}

function settle(attempt: Attempt, sent: Promise<unknown>): void {
  sent.then(attempt.reply, (error: unknown) =>
    attempt.fail(error instanceof CallError ? error : disconnected(CallOutcome.Unknown, error)),
  );
}

/** Returns the error of a request without an answer. */
export function unreached(error: unknown): CallError {
  const { message, code, cause } = Object(error) as Record<string, unknown>;
  const deep = Object(cause) as { code?: unknown; message?: unknown; errors?: unknown };
  // `errors`: of all addresses of a name.
  const isSent = !NOT_SENT.test(`${message} ${code} ${deep.code} ${deep.message} ${deep.errors}`);
  return disconnected(isSent ? CallOutcome.Unknown : CallOutcome.NotHandled, error);
}

async function resultOf(response: Response, { sends }: CallRequest): Promise<unknown> {
  const { status } = response;
  const text = await response.text();
  const isReplied = sends === Sends.Ask || sends === Sends.QueuedAsk;
  if ((isReplied && status === 204) || (sends === Sends.Tell && status === 202)) return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw foreign(status);
  }
  if (isReplied && status === 200) return body;
  if (status === 202) return storedOf(body, sends);
  const { error } = Object(body) as { readonly error?: unknown };
  throw gatewayError(withHeaders(error, response.headers), status) ?? foreign(status);
}

/** The id of a stored message whose reply did not come in time. */
function storedOf(body: unknown, sends: Sends): unknown {
  const { id } = Object(body) as { readonly id?: unknown };
  if (sends === Sends.Queued && typeof id === "string") return id;
  if (sends !== Sends.QueuedAsk) throw foreign(202);
  throw new CallError("no reply in time; the message is stored", {
    code: "ERR_ASK_TIMEOUT",
    outcome: CallOutcome.Unknown,
    status: 202,
    wire: { data: { id } },
  });
}

/** What the body of an error may lack and its headers have. */
function withHeaders(error: unknown, headers: Headers): unknown {
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
  const trace = headers.get("traceresponse");
  return {
    ...(Number.isNaN(retryAfter) ? {} : { retryAfterMs: retryAfter * 1_000 }),
    ...(trace === null ? {} : { trace }),
    ...Object(error),
  };
}

function foreign(status: number): CallError {
  return new CallError(`the answer with status ${status} is not from a gateway`, {
    code: "ERR_RESPONSE",
    outcome: CallOutcome.Unknown,
    status,
  });
}
