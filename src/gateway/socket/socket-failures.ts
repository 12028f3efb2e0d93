import type { Caller } from "../../activation/definition/caller.ts";
import { DisconnectReason } from "../../activation/definition/connection-types.ts";
import { isInstance } from "../../base/foreign-value.ts";
import { Refusal } from "../../http/refusal.ts";
import { AuthOutcome, Transport } from "../../telemetry/gateway-attributes.ts";
import { CloseCode } from "../../wire/close-codes.ts";
import { CallOutcome, type ClientMessage } from "../../wire/gateway-frames.ts";
import { refusedFailure } from "../call/failures.ts";
import { GatewayCode } from "../call/gateway-code.ts";
import type { Failure } from "../call/outside-request.ts";
import type { Handshake } from "./raw-socket.ts";
import type { SocketParts } from "./socket-parts.ts";

const GONE_CODES: ReadonlySet<number> = new Set([CloseCode.Normal, CloseCode.Drained]);

/** The answer where the connection of a message is not open. */
export const NOT_CONNECTED: Failure = {
  status: 404,
  code: "ERR_DISCONNECTED",
  message: "the connection is not open",
  outcome: CallOutcome.NotHandled,
};

/** Returns the failure of a message whose content is refused. */
export function badRequest(message: string): Failure {
  return { status: 400, code: "ERR_BAD_REQUEST", message, outcome: CallOutcome.NotHandled };
}

/** Returns the failure of a token that is not the caller's. */
export function tokenFailure(): Failure {
  const message = "a valid token of the same caller is needed";
  return { status: 401, code: "ERR_TOKEN", message, outcome: CallOutcome.NotHandled };
}

/** Returns the failure for what {@link identify} has rejected with. */
export function authFailure(error: unknown): Failure {
  const code = codeOf(error);
  const isKnown = code === GatewayCode.AuthUnavailable || code === GatewayCode.RateLimited;
  return isKnown ? refusedFailure(code, "the caller is not known") : tokenFailure();
}

/** Whether it could not be found out who the caller is. */
export function isAuthUnavailable(error: unknown): boolean {
  return codeOf(error) === GatewayCode.AuthUnavailable;
}

/**
 * Finds out who a client is.
 *
 * @throws {@link Refusal}
 */
export async function identify(
  { parts, handshake }: { readonly parts: SocketParts; readonly handshake: Handshake },
  token: string | undefined,
): Promise<Caller | undefined> {
  const { authenticator, host, httpPoints } = parts;
  if (!authenticator.isRequired) return undefined;
  const startedMs = host.clock.monotonicMs();
  let outcome: AuthOutcome = AuthOutcome.Ok;
  try {
    const { address } = handshake;
    const client = { token, address, transport: "websocket", exchange: handshake } as const;
    return await authenticator.identify(client);
  } catch (error) {
    outcome = isAuthUnavailable(error) ? AuthOutcome.Failed : AuthOutcome.Refused;
    throw error;
  } finally {
    httpPoints.authenticated(outcome, host.clock.monotonicMs() - startedMs);
  }
}

/** Counts and logs that a message was refused that has no span of its own. */
export function reportRefusal(
  { httpPoints, log }: Pick<SocketParts, "httpPoints" | "log">,
  { code, status }: Failure,
  method: ClientMessage["t"],
  requestId?: string,
): void {
  httpPoints.refused(code, Transport.WebSocket);
  log.refused(code, { request_id: requestId, method, status });
}

function codeOf(error: unknown): string | undefined {
  return isInstance(error, Refusal) ? error.code : undefined;
}

/** Returns why connections end whose client has closed its socket with `code`. */
export function leavingReason(code: number): DisconnectReason {
  return GONE_CODES.has(code) ? DisconnectReason.Client : DisconnectReason.Lost;
}
