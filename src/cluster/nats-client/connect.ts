import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
} from "@nats-io/transport-node";
import { KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode, toError } from "../../base/errors.ts";
import type { EngineParts } from "../engine/engine.ts";
import { wait } from "../engine/wait.ts";
import type { NatsSettings } from "./nats-options.ts";
import { identityCheckFor } from "./server-identity.ts";

/** A server that stops answering is noticed after three of these. */
const PING_INTERVAL_MS = 2_000;
const PINGS_UNANSWERED = 2;
const RECONNECT_MS = 250;
const DIAL_MS = 5_000;

/** Options of the client. Its defaults give up after ten attempts, and notice a silent server after six minutes. */
async function clientOptions(settings: NatsSettings, runnerId: string): Promise<ConnectionOptions> {
  const { servers, tls, allowInsecure, user, password, token } = settings;
  const checkedTls = tls && { ...tls, checkServerIdentity: identityCheckFor(servers) };
  const authenticator = await authenticatorOf(settings);
  return {
    servers: servers.map(({ address }) => address),
    name: `limelight ${runnerId}`,
    inboxPrefix: inboxPrefixOf(settings, runnerId),
    maxReconnectAttempts: -1,
    // Credentials may be wrong for a while, for instance while they are replaced.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: RECONNECT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: PINGS_UNANSWERED,
    timeout: DIAL_MS,
    noAsyncTraces: true,
    // A server may tell addresses of other machines, to which nothing may be sent in the clear.
    ignoreClusterUpdates: tls === undefined && !allowInsecure,
    ...(checkedTls === undefined ? {} : { tls: checkedTls }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { token }),
    ...(authenticator === undefined ? {} : { authenticator }),
  };
}

/** What everything that is sent to one session only begins with. */
export function inboxPrefixOf({ inboxPrefix }: NatsSettings, runnerId: string): string {
  return `${inboxPrefix}.${runnerId}`;
}

async function authenticatorOf({
  nkeySeed,
  credentialsFile,
}: NatsSettings): Promise<Authenticator | undefined> {
  if (nkeySeed !== undefined) return nkeyAuthenticator(new TextEncoder().encode(nkeySeed));
  if (credentialsFile === undefined) return undefined;
  let credentials: Uint8Array = await readFile(credentialsFile);
  return credsAuthenticator(() => {
    try {
      credentials = readFileSync(credentialsFile);
    } catch {
      // It is being replaced: an error here would close the connection for good.
    }
    return credentials;
  });
}

/** What a connection is opened with. */
type ConnectParts = Pick<EngineParts, "clock" | "runnerId" | "signal" | "onFault">;

/**
 * Connects to the first server that answers; tries all of them again until `connectTimeoutMs` have passed.
 *
 * @throws ClusterError `ERR_ENGINE_UNAVAILABLE`
 */
export async function connectToNats(
  settings: NatsSettings,
  { clock, runnerId, signal, onFault }: ConnectParts,
): Promise<NatsConnection> {
  const endMs = clock.monotonicMs() + settings.connectTimeoutMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await connect(await clientOptions(settings, runnerId));
    } catch (thrown) {
      const error = notConnected(settings, thrown);
      const isOver = signal?.aborted === true || clock.monotonicMs() >= endMs;
      if (isOver || isFinal(thrown)) throw error;
      const text = "NATS cannot be reached; it is tried again";
      // Callers may give up before the last attempt.
      if (isFirst) onFault({ kind: "not_connected", text, error });
    }
    await wait(clock, RECONNECT_MS, signal, KeepAlive.Yes);
  }
}

/** Whether trying again is of no use: the server has refused the credentials, or an option or a file is wrong. */
function isFinal(error: unknown): boolean {
  const name = error instanceof Error ? error.name : "";
  return name === "AuthorizationError" || name === "InvalidArgumentError" || isFileError(error);
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "open";
}

function notConnected({ servers }: NatsSettings, cause: unknown): ClusterError {
  const addresses = servers.map(({ address }) => address).join(", ");
  return new ClusterError(`cannot connect to NATS at ${addresses}: ${toError(cause).message}`, {
    code: ErrorCode.EngineUnavailable,
    cause,
  });
}
