import { type Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import { errorType } from "../../base/errors.ts";
import { thrownText } from "../../base/foreign-value.ts";
import type { OtlpEndpoint } from "./otlp-endpoint.ts";

/** A connection that takes longer is considered unreachable. */
const CONNECT_TIMEOUT_MS = 2_000;
/** `error.type` of such an attempt. */
export const CONNECT_TIMEOUT = "connect_timeout";
/** Maximum size of a response; normal ones have a few hundred bytes. */
const MAX_ANSWER_BYTES = 1_048_576;

/** Result of one attempt. */
export const AttemptKind = {
  /** Accepted, at least in part; the body has the details. */
  Accepted: "accepted",
  /** The collector answered with another status. */
  Refused: "refused",
  /** No response arrived. */
  Unanswered: "unanswered",
} as const;
export type AttemptKind = (typeof AttemptKind)[keyof typeof AttemptKind];

/** One attempt, and the reason if it failed. */
export type Attempt =
  | { readonly kind: typeof AttemptKind.Accepted; readonly body: Uint8Array }
  | {
      readonly kind: typeof AttemptKind.Refused;
      readonly status: number;
      readonly retryAfter: string | undefined;
    }
  | {
      readonly kind: typeof AttemptKind.Unanswered;
      /** Low-cardinality reason, for `error.type`. */
      readonly errorType: string;
      readonly message: string;
      /** Whether a kept-alive connection was closed during this request. */
      readonly stale: boolean;
    };

/** Options of {@link postOtlp}. */
export interface PostOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const compress = promisify(gzip);

/**
 * Sends one request to a collector. Never rejects.
 *
 * Neither its socket nor its timers keep the process running: the stock exporters keep a finished process
 * alive for up to 8 s when the collector is unreachable.
 */
export async function postOtlp(
  endpoint: OtlpEndpoint,
  payload: Uint8Array,
  options: PostOptions,
): Promise<Attempt> {
  try {
    const headers: Record<string, string> = { ...endpoint.headers };
    const body = endpoint.gzip ? await compress(payload) : payload;
    if (endpoint.gzip) headers["Content-Encoding"] = "gzip";
    headers["Content-Length"] = String(body.byteLength);
    return await exchange(endpoint.url, { agent: endpoint.agent, headers, body }, options);
  } catch (error) {
    return unanswered(error, false);
  }
}

interface Outgoing {
  readonly agent: Agent;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

function exchange(url: URL, outgoing: Outgoing, options: PostOptions): Promise<Attempt> {
  const { agent, headers, body } = outgoing;
  const { clock, timeoutMs, signal } = options;
  return new Promise((resolve) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send(url, { method: "POST", agent, headers, signal }, (response) => {
      readAnswer(response).then(settle, fail);
    });
    const settle = (attempt: Attempt): void => {
      timer.cancel();
      resolve(attempt);
    };
    const fail = (error: unknown): void => settle(unanswered(error, request.reusedSocket));
    const giveUp = (errorType: string, afterMs: number): void => {
      const message = `no answer within ${afterMs} ms`;
      settle({ kind: AttemptKind.Unanswered, errorType, message, stale: false });
      request.destroy();
    };
    const timer = clock.schedule(() => giveUp("timeout", timeoutMs), timeoutMs, KeepAlive.No);
    request.on("error", fail);
    request.on("socket", (socket) => {
      // Allows the process to end during the request.
      socket.unref();
      limitConnecting(socket, clock, () => giveUp(CONNECT_TIMEOUT, CONNECT_TIMEOUT_MS));
    });
    request.end(body);
  });
}

/** A connecting socket, unlike a connected one, keeps the process alive even when it is unreferenced. */
function limitConnecting(socket: Socket, clock: Clock, giveUp: () => void): void {
  if (!socket.connecting) return;
  const timer = clock.schedule(giveUp, CONNECT_TIMEOUT_MS, KeepAlive.No);
  socket.once("connect", () => timer.cancel());
  socket.once("close", () => timer.cancel());
}

async function readAnswer(response: IncomingMessage): Promise<Attempt> {
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
  }
  if (status >= 200 && status < 300) {
    return { kind: AttemptKind.Accepted, body: Buffer.concat(chunks) };
  }
  return { kind: AttemptKind.Refused, status, retryAfter: response.headers["retry-after"] };
}

function unanswered(error: unknown, stale: boolean): Attempt {
  const message = thrownText(error);
  return {
    kind: AttemptKind.Unanswered,
    errorType: errorType(error),
    message: message === "" ? errorType(error) : message,
    stale,
  };
}
