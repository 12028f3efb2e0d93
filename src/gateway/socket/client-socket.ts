import type { SpanContext } from "@opentelemetry/api";
import type { Caller } from "../../activation/definition/caller.ts";
import { DisconnectReason } from "../../activation/definition/connection-types.ts";
import { isInstance } from "../../base/foreign-value.ts";
import { Refusal } from "../../http/refusal.ts";
import { SocketState } from "../../telemetry/gateway-attributes.ts";
import { CloseCode } from "../../wire/close-codes.ts";
import { type ClientMessage, PROTOCOL } from "../../wire/gateway-frames.ts";
import { refusedFailure } from "../call/failures.ts";
import { GatewayCode } from "../call/gateway-code.ts";
import type { Failure } from "../call/outside-request.ts";
import { type Decoded, decodeFrame, FrameFault } from "./frame-decode.ts";
import { failFrame, messageText } from "./frame-write.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import type { Handshake, RawSocket, SocketEvents } from "./raw-socket.ts";
import { SocketCalls } from "./socket-calls.ts";
import { SocketConnection } from "./socket-connection.ts";
import {
  authFailure,
  badRequest,
  identify,
  isAuthUnavailable,
  leavingReason,
  NOT_CONNECTED,
  reportRefusal,
  tokenFailure,
} from "./socket-failures.ts";
import type { SocketParts } from "./socket-parts.ts";

/** What a client is told to send after this long without a frame. */
const PING_MS = 15_000;
/** Sent this often while messages of the client are not read. */
const PONG_MS = 10_000;

/** What a socket is made of. */
export interface ClientSocketOptions {
  readonly parts: SocketParts;
  readonly raw: RawSocket;
  readonly handshake: Handshake;
  /** Of the span of the handshake. */
  readonly linked: SpanContext | undefined;
  /** Called once, when it is closed. */
  readonly onClosed: (socket: ClientSocket) => void;
}

/** One socket of a client: its handshake, its connections, and its calls. */
export class ClientSocket implements SocketEvents {
  readonly #options: ClientSocketOptions;
  readonly outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #calls: SocketCalls;
  readonly #connections = new Map<number, SocketConnection>();
  #state: SocketState = SocketState.Hello;
  #caller: Caller | undefined;
  #hasSaidHello = false;
  #lastC = 0;
  #lastI = 0;
  readonly #openedAtMs: number;
  #receivedAtMs: number;
  #pongAtMs: number;
  /** Code of the close frame that was sent. */
  #closedWith: number | undefined;
  /** Whether the client is closing it. */
  #isLeft = false;
  #isGone = false;
  #fenced: () => void = () => {};

  constructor(options: ClientSocketOptions) {
    const { parts, raw } = options;
    const { settings, host, points } = parts;
    const { sendBufferBytes, framesPerSecond, callsPerSocket } = settings.limits;
    this.#options = options;
    this.#openedAtMs = host.clock.monotonicMs();
    this.#receivedAtMs = this.#openedAtMs;
    this.#pongAtMs = this.#openedAtMs;
    this.outbox = new Outbox({
      raw,
      limitBytes: sendBufferBytes,
      points,
      onSlow: () => this.close(CloseCode.Slow, "the client does not read", DisconnectReason.Slow),
    });
    this.#calls = new SocketCalls(parts, this);
    this.#inbox = new Inbox({
      raw,
      clock: host.clock,
      points,
      perSecond: framesPerSecond,
      hasRoom: () => this.#calls.size < callsPerSocket,
      handle: (decoded) => this.#handle(decoded),
    });
    points.moved(undefined, this.#state);
  }

  get caller(): Caller | undefined {
    return this.#caller;
  }

  get receivedAtMs(): number {
    const { clock } = this.#options.parts.host;
    return Math.round(clock.epochMs() - (clock.monotonicMs() - this.#receivedAtMs));
  }

  get linked(): SpanContext | undefined {
    return this.#options.linked;
  }

  get address(): string {
    return this.#options.handshake.address;
  }

  /** Whether calls are being answered. */
  get isBusy(): boolean {
    return this.#calls.size > 0;
  }

  usesNumber(a: number): boolean {
    return [...this.#connections.values()].some((connection) => connection.a === a);
  }

  left(connection: SocketConnection): void {
    this.#connections.delete(connection.c);
  }

  ended(): void {
    this.#inbox.roomed();
  }

  received(text: string, bytes: number): void {
    const { parts } = this.#options;
    parts.points.received(bytes);
    this.#receivedAtMs = parts.host.clock.monotonicMs();
    if (this.#isClosing) return;
    try {
      this.#inbox.push(decodeFrame(text, parts.settings.limits.jsonDepth));
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.#violated(error.message);
    }
  }

  controlled(): void {
    if (!this.#isClosing) this.#inbox.push([]);
  }

  broken(code: number): void {
    this.close(code, "", DisconnectReason.Refused);
  }

  closing(code: number): void {
    if (this.#closedWith !== undefined) return;
    this.#isLeft = true;
    this.#end(leavingReason(code));
  }

  closed(code: number): void {
    const isByClient = this.#closedWith === undefined;
    this.#end(leavingReason(code));
    if (this.#isGone) return;
    this.#isGone = true;
    this.#fenced();
    const { parts, onClosed } = this.#options;
    parts.points.closed(this.#closedWith ?? code, isByClient ? "client" : "server");
    parts.points.moved(this.#state, undefined);
    onClosed(this);
  }

  /** Closes it. Its connections end for `reason`; what was sent before is still sent. */
  close(code: number, text: string, reason: DisconnectReason): void {
    if (this.#isClosing) return;
    this.#closedWith = code;
    this.#end(reason);
    this.#options.raw.close(code, text);
  }

  /** Looks at what is due. Called about once a second. */
  check(): void {
    const { settings, host } = this.#options.parts;
    const { authTimeoutMs, silenceMs } = settings.limits;
    if (this.#isClosing) return;
    const nowMs = host.clock.monotonicMs();
    const { expiresAtMs = Number.POSITIVE_INFINITY } = this.#caller ?? {};
    if (!this.#hasSaidHello && nowMs - this.#openedAtMs >= authTimeoutMs) {
      this.close(CloseCode.Token, "no hello", DisconnectReason.Refused);
    } else if (expiresAtMs <= host.clock.epochMs()) {
      this.close(CloseCode.Token, "the time of the caller is over", DisconnectReason.Refused);
    } else if (this.#inbox.isPaused) {
      this.#receivedAtMs = nowMs; // what it has sent is not known
      if (nowMs - this.#pongAtMs < PONG_MS || !this.#isOpen) return;
      this.#pongAtMs = nowMs;
      this.outbox.send(messageText({ t: "pong", n: 0 }));
    } else if (nowMs - this.#receivedAtMs >= silenceMs) {
      this.close(CloseCode.Silence, "silence", DisconnectReason.Lost);
    }
  }

  /** Begins nothing any more. @param ms until it is closed */
  drain(ms: number): void {
    const { points } = this.#options.parts;
    if (this.#isOpen) this.outbox.send(messageText({ t: "drain", ms }));
    points.moved(this.#state, SocketState.Draining);
    this.#state = SocketState.Draining;
  }

  /** Resolves when everything has arrived that its client had sent before it read `drain`, or when it is closed. */
  whenDrained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosing) resolve();
      else {
        this.#fenced = resolve;
        this.#options.raw.fence(resolve);
      }
    });
  }

  /** Ends all connections for their clients to open them again. Never rejects. */
  async drainConnections(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((one) => one.drain()));
  }

  terminate(): void {
    this.#options.raw.terminate();
  }

  get #isClosing(): boolean {
    return this.#closedWith !== undefined || this.#isLeft || this.#isGone;
  }

  get #isOpen(): boolean {
    return this.#state !== SocketState.Hello;
  }

  #handle({ message, fault }: Decoded): void {
    if (!this.#hasSaidHello) {
      if (message.t === "hello") this.#hello(message);
      else this.#violated("the first message is no hello");
      return;
    }
    if ("i" in message && message.t !== "cancel" && !this.#isNextI(message.i)) return;
    switch (message.t) {
      case "hello":
        this.#violated("hello was sent twice");
        return;
      case "auth":
        this.#renew(message.i, message.token);
        return;
      case "open":
        this.#open(message, fault);
        return;
      case "close":
        this.#find(message.c)?.close();
        return;
      case "sub":
      case "unsub":
        this.#subscribe(message);
        return;
      case "ask":
      case "tell":
      case "send": {
        const isDraining = this.#state === SocketState.Draining;
        if (message.c > this.#lastC) this.#violated("`c` was never opened");
        else this.#calls.begin(message, this.#find(message.c), { fault, isDraining });
        return;
      }
      case "cancel":
        this.#calls.cancel(message.i);
        return;
      case "ping":
        this.outbox.send(messageText({ t: "pong", n: message.n }));
        return;
    }
  }

  #find(c: number): SocketConnection | undefined {
    return this.#connections.get(c);
  }

  #isNextI(i: number): boolean {
    if (i > this.#lastI) {
      this.#lastI = i;
      return true;
    }
    this.#violated("`i` does not increase");
    return false;
  }

  #open(message: ClientMessage & { readonly t: "open" }, fault: string | undefined): void {
    const { parts } = this.#options;
    if (message.c <= this.#lastC) {
      this.#violated("`c` does not increase");
      return;
    }
    this.#lastC = message.c;
    const { connectionsPerSocket } = parts.settings.limits;
    const connection = new SocketConnection(parts, this, message);
    if (fault !== undefined) connection.refuse(badRequest(fault));
    else if (this.#state === SocketState.Draining) {
      connection.refuse(refusedFailure(GatewayCode.Draining, "the gateway stops"));
    } else if (this.#connections.size >= connectionsPerSocket) {
      const text = `a socket has at most ${connectionsPerSocket} connections`;
      connection.refuse({ ...refusedFailure(GatewayCode.Limit, text), retryAfterMs: PONG_MS });
    } else {
      this.#connections.set(message.c, connection);
      connection.open();
    }
  }

  #subscribe(message: ClientMessage & { readonly t: "sub" | "unsub" }): void {
    const { c, i, e, t } = message;
    if (c > this.#lastC) {
      this.#violated("`c` was never opened");
      return;
    }
    const connection = this.#find(c);
    if (connection === undefined) {
      const facts = { requestId: this.#options.parts.ids.next(), trace: undefined };
      this.outbox.send(failFrame(i, NOT_CONNECTED, facts));
    } else if (t === "sub") connection.subscribe(i, e);
    else connection.unsubscribe(i, e);
  }

  #hello({ v, token }: ClientMessage & { readonly t: "hello" }): void {
    this.#hasSaidHello = true;
    if (!v.includes(PROTOCOL)) {
      this.close(CloseCode.Version, "no common version", DisconnectReason.Refused);
      return;
    }
    this.#inbox.hold(true);
    identify(this.#options, token ?? this.#options.handshake.token).then(
      (caller) => this.#welcome(caller),
      (error: unknown) => this.#refuse(error),
    );
  }

  #welcome(caller: Caller | undefined): void {
    if (this.#isClosing) return;
    const { points, settings } = this.#options.parts;
    this.#caller = caller;
    const { frameBytes } = settings.limits;
    const welcome = { t: "welcome", v: PROTOCOL, pingMs: PING_MS, frameBytes } as const;
    if (this.#state === SocketState.Hello) {
      points.moved(this.#state, SocketState.Open);
      this.#state = SocketState.Open;
    }
    this.outbox.send(messageText({ ...welcome, ...this.#expiry() }));
    this.#inbox.hold(false);
  }

  #expiry(): { readonly expMs?: number } {
    const { expiresAtMs } = this.#caller ?? {};
    if (expiresAtMs === undefined) return {};
    return { expMs: Math.max(0, expiresAtMs - this.#options.parts.host.clock.epochMs()) };
  }

  #refuse(error: unknown): void {
    const { parts } = this.#options;
    const isLater = isAuthUnavailable(error);
    const code = isInstance(error, Refusal) ? CloseCode.Token : CloseCode.Internal;
    if (code === CloseCode.Internal) parts.log.internal(error, "", undefined);
    else reportRefusal(parts, authFailure(error), "hello");
    const text = isLater ? "callers cannot be identified" : "no caller";
    this.close(isLater ? CloseCode.TryLater : code, text, DisconnectReason.Refused);
  }

  #renew(i: number, token: string): void {
    const { parts } = this.#options;
    const facts = { requestId: parts.ids.next(), trace: undefined };
    const fail = (failure: Failure): void => {
      reportRefusal(parts, failure, "auth", facts.requestId);
      this.outbox.send(failFrame(i, failure, facts));
    };
    this.#inbox.hold(true);
    void identify(this.#options, token)
      .then(
        (caller) => {
          if (caller?.id !== this.#caller?.id) fail(tokenFailure());
          else {
            this.#caller = caller;
            this.outbox.send(JSON.stringify({ t: "reply", i, r: this.#expiry() }));
          }
        },
        (error: unknown) => fail(authFailure(error)),
      )
      .then(() => this.#inbox.hold(false));
  }

  #violated(text: string): void {
    this.close(CloseCode.Protocol, text, DisconnectReason.Refused);
  }

  #end(reason: DisconnectReason): void {
    this.#inbox.close();
    this.outbox.close();
    this.#calls.abandonAll();
    for (const connection of [...this.#connections.values()]) void connection.end(reason);
  }
}
