import { CloseCode } from "../wire/close-codes.ts";
import {
  CallOutcome,
  type ClientMessage,
  type ServerMessage,
  type WelcomeMessage,
} from "../wire/gateway-frames.ts";
import { backoffMs, STABLE_MS } from "./backoff.ts";
import { CallError, disconnected, gatewayError } from "./call-error.ts";
import type { ClientSettings } from "./client-settings.ts";
import { FrameSocket, type SocketOwner } from "./frame-socket.ts";
import type { LiveConnection } from "./live-connection.ts";
import type { Settle } from "./repeated-call.ts";
import { TokenRenewal } from "./token-renewal.ts";

/** How long the gateway is waited for when a connection is closed: `onDisconnect` may take its time. */
const CLOSE_MS = 5_000;
/** Least time before the next attempt after {@link CloseCode.TryLater}. */
const LATER_MS = 1_000;

/** The connections of a client, and the socket that they share. There is a socket while there are connections. */
export class Session implements SocketOwner {
  readonly client: ClientSettings;
  readonly #renewal: TokenRenewal;
  /** Connections that are not closed for good. */
  readonly #wanted = new Set<LiveConnection>();
  /** Connections of the present socket, by `c` and by `a`. */
  readonly #opened = new Map<number, LiveConnection>();
  readonly #actors = new Map<number, LiveConnection>();
  readonly #requests = new Map<number, Settle>();
  readonly #closing = new Map<number, () => void>();
  #socket: FrameSocket | undefined;
  #number = 0;
  /** Attempts to connect since the last connection that lasted. */
  #attempts = 0;
  /** Sockets in a row that were refused for their token. */
  #refusals = 0;
  #welcomedAtMs: number | undefined;
  #isDraining = false;
  #cancelAttempt: (() => void) | undefined;
  #stopWaking: (() => void) | undefined;

  constructor(client: ClientSettings) {
    this.client = client;
    this.#renewal = new TokenRenewal(client, (token, settle) =>
      this.request((i) => ({ t: "auth", i, token }), settle),
    );
  }

  /** Whether connections can be opened. */
  get isOpen(): boolean {
    return this.#socket?.isOpen === true && !this.#isDraining;
  }

  /** Whether the gateway stops, and takes nothing new. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Adds a connection. It is opened by {@link LiveConnection.open} once there is a socket. */
  join(connection: LiveConnection): void {
    this.#wanted.add(connection);
    this.#stopWaking ??= this.client.platform.onWake(() => this.#wake());
    if (this.isOpen) connection.open();
    else if (this.#socket === undefined && this.#cancelAttempt === undefined) this.#connect();
  }

  /** Sends `open`. Returns the number of the connection. */
  open(connection: LiveConnection, message: (c: number) => ClientMessage): number {
    this.#number += 1;
    const c = this.#number;
    this.#socket?.send(message(c));
    this.#opened.set(c, connection);
    return c;
  }

  /** Removes a connection, and closes it if it has the number `c`. Resolves when the gateway has closed it. */
  leave(connection: LiveConnection, c: number | undefined): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (c === undefined || this.#socket?.isOpen !== true) resolve();
      else {
        this.#forget(c);
        const cancel = this.client.platform.schedule(() => this.#left(c), CLOSE_MS);
        this.#closing.set(c, () => {
          cancel();
          resolve();
        });
        this.#socket.send({ t: "close", c });
      }
    });
    this.#wanted.delete(connection);
    this.#rest();
    return closed;
  }

  /** Sends a request. Returns what cancels it. */
  request(message: (i: number) => ClientMessage, settle: Settle): () => void {
    this.#number += 1;
    const i = this.#number;
    try {
      this.#socket?.send(message(i));
      this.#requests.set(i, settle);
    } catch (error) {
      settle.fail(error as CallError);
    }
    return () => {
      if (this.#requests.delete(i) && this.#socket?.isOpen === true) {
        this.#socket.send({ t: "cancel", i });
      }
    };
  }

  welcomed({ expMs }: WelcomeMessage): void {
    this.#welcomedAtMs = this.client.platform.nowMs();
    this.#refusals = 0;
    this.#renewal.start(expMs);
    for (const connection of [...this.#wanted]) connection.open();
  }

  received(message: ServerMessage): void {
    switch (message.t) {
      case "opened":
        this.#open(message);
        return;
      case "closed":
        this.#closed(message);
        return;
      case "reply":
        this.#take(message.i)?.reply(message.r);
        return;
      case "fail":
        this.#take(message.i)?.fail(gatewayError(message.error) ?? unreadable());
        return;
      case "event": {
        const isDirected = "c" in message;
        const connection = isDirected ? this.#opened.get(message.c) : this.#actors.get(message.a);
        connection?.event(message);
        return;
      }
      case "gap":
        this.#opened.get(message.c)?.gap(message);
        return;
      case "drain":
        this.#isDraining = true;
        return;
      case "welcome":
      case "pong":
        return;
    }
  }

  down(error: CallError): void {
    this.#renewal.stop();
    for (const connection of [...this.#wanted]) connection.down(error);
  }

  lost(code: number, error: CallError): void {
    this.#socket = undefined;
    this.#isDraining = false;
    this.#opened.clear();
    this.#actors.clear();
    this.#settleAll();
    if (this.#isStable()) this.#attempts = 0;
    this.#welcomedAtMs = undefined;
    this.#refusals = code === CloseCode.Token ? this.#refusals + 1 : 0;
    if (code === CloseCode.Version || this.#refusals > 1) {
      this.#refusals = 0;
      for (const connection of [...this.#wanted]) connection.end(error);
    } else if (this.#wanted.size > 0) {
      this.#retry(code);
    }
    this.#rest();
  }

  /** Closes the socket, and all connections with it. */
  async close(): Promise<void> {
    await Promise.all([...this.#wanted].map((connection) => connection.close()));
  }

  #retry(code: number): void {
    const { platform } = this.client;
    const leastMs = code === CloseCode.TryLater ? LATER_MS : 0;
    // The first refusal of a token is followed by an attempt with a new one.
    const delayMs = this.#refusals > 0 ? 0 : backoffMs(this.#attempts, platform.random());
    this.#attempts += 1;
    this.#cancelAttempt = platform.schedule(() => this.#connect(), leastMs + delayMs);
  }

  #connect(): void {
    this.#cancelAttempt?.();
    this.#cancelAttempt = undefined;
    this.#socket = new FrameSocket(this.client, this);
    // It reports its failures to this session.
    void this.#socket.start();
  }

  /** The network or the page is back: what is waited for may be there, and what was there may be gone. */
  #wake(): void {
    if (this.#cancelAttempt !== undefined) this.#connect();
    else this.#socket?.check();
  }

  #isStable(): boolean {
    const now = this.client.platform.nowMs();
    return this.#welcomedAtMs !== undefined && now - this.#welcomedAtMs >= STABLE_MS;
  }

  #open(message: ServerMessage & { readonly t: "opened" }): void {
    const connection = this.#opened.get(message.c);
    if (connection === undefined) return;
    this.#actors.set(message.a, connection);
    connection.opened(message);
  }

  #closed(message: ServerMessage & { readonly t: "closed" }): void {
    const { c } = message;
    const connection = this.#opened.get(c);
    this.#forget(c);
    connection?.closed(message);
    this.#left(c);
  }

  /** A connection that was left has been closed, or is not waited for any longer. */
  #left(c: number): void {
    this.#closing.get(c)?.();
    this.#closing.delete(c);
    this.#rest();
  }

  #forget(c: number): void {
    const connection = this.#opened.get(c);
    this.#opened.delete(c);
    for (const [a, one] of this.#actors) {
      if (one === connection) this.#actors.delete(a);
    }
  }

  #take(i: number): Settle | undefined {
    const settle = this.#requests.get(i);
    this.#requests.delete(i);
    return settle;
  }

  /** Ends what has waited for the socket that was lost. */
  #settleAll(): void {
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    for (const { fail } of requests) fail(disconnected(CallOutcome.Unknown));
    for (const resolve of this.#closing.values()) resolve();
    this.#closing.clear();
  }

  /** Closes the socket if nothing needs it. */
  #rest(): void {
    if (this.#wanted.size > 0 || this.#closing.size > 0) return;
    this.#cancelAttempt?.();
    this.#cancelAttempt = undefined;
    this.#stopWaking?.();
    this.#stopWaking = undefined;
    this.#renewal.stop();
    this.#socket?.close();
    this.#socket = undefined;
    this.#isDraining = false;
    this.#attempts = 0;
    this.#settleAll();
  }
}

function unreadable(): CallError {
  return new CallError("the gateway has sent an error that cannot be read", {
    code: "ERR_PROTOCOL",
    outcome: CallOutcome.Unknown,
  });
}
