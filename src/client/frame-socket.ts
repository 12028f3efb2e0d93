import { CloseCode } from "../wire/close-codes.ts";
import {
  CallOutcome,
  type ClientMessage,
  PROTOCOL,
  type ServerMessage,
  SUBPROTOCOL,
  type WelcomeMessage,
} from "../wire/gateway-frames.ts";
import { CallError, disconnected, toJson } from "./call-error.ts";
import type { ClientSettings } from "./client-settings.ts";

/** How long it may take from the token to `welcome`, and from a `ping` to any frame. */
const ANSWER_MS = 10_000;
const KNOWN = new Set(["opened", "closed", "reply", "fail", "event", "gap", "pong", "drain"]);

/** Gets what happens on a socket. */
export interface SocketOwner {
  welcomed(message: WelcomeMessage): void;
  received(message: ServerMessage): void;
  /** In the event that reports it. Messages that have arrived before may still be received. */
  down(error: CallError): void;
  /** After the last message. Nothing follows. */
  lost(code: number, error: CallError): void;
}

/** One WebSocket, from the token to its loss. It is never used again after that. */
export class FrameSocket {
  readonly #client: ClientSettings;
  readonly #owner: SocketOwner;
  readonly #inbox: ServerMessage[] = [];
  #socket: WebSocket | undefined;
  #welcome: WelcomeMessage | undefined;
  #loss: { readonly code: number; readonly error: CallError } | undefined;
  #isClosed = false;
  #isDeferred = false;
  /** Whether a reply was passed on whose receiver may not have continued yet. */
  #hasReplied = false;
  #receivedAtMs = 0;
  #pings = 0;
  /** Whether nothing has come since a `ping`. Not told by times, which browsers round to up to 100 ms. */
  #isPinging = false;
  #cancelTimer: () => void = () => undefined;

  constructor(client: ClientSettings, owner: SocketOwner) {
    this.#client = client;
    this.#owner = owner;
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return this.#welcome !== undefined && this.#loss === undefined && !this.#isClosed;
  }

  async start(): Promise<void> {
    const { platform, url, WebSocket } = this.#client;
    this.#cancelTimer = platform.schedule(() => this.#silent(), ANSWER_MS);
    try {
      const token = await this.#client.token();
      if (this.#isClosed || this.#loss !== undefined) return;
      const socket = new WebSocket(`${url.replace(/^http/, "ws")}/connect`, [SUBPROTOCOL]);
      this.#socket = socket;
      const hello = { t: "hello", v: [PROTOCOL], ...(token === undefined ? {} : { token }) };
      socket.onopen = () => socket.send(JSON.stringify(hello));
      socket.onmessage = ({ data }) => this.#received(data);
      socket.onclose = ({ code, reason }) => this.#lose(code, errorOf(code, reason));
    } catch (error) {
      const known = error instanceof CallError ? error : undefined;
      this.#lose(0, known ?? disconnected(CallOutcome.NotHandled, error));
    }
  }

  /**
   * Sends a message to a socket that is open.
   *
   * @throws {@link CallError} `ERR_INVALID_ARGUMENTS`, `ERR_BODY_TOO_LARGE`
   */
  send(message: ClientMessage): void {
    const text = toJson(message);
    const limit = this.#welcome?.frameBytes ?? 0;
    // A unit of the text has up to three bytes.
    if (text.length * 3 > limit && new TextEncoder().encode(text).length > limit) {
      throw new CallError(`the message has more than ${limit} bytes`, {
        code: "ERR_BODY_TOO_LARGE",
      });
    }
    this.#socket?.send(text);
  }

  /** Sends a `ping` now. */
  check(): void {
    if (this.isOpen && !this.#isPinging) this.#ping();
  }

  /** Closes the socket. The owner is told nothing more. */
  close(code: number = CloseCode.Normal): void {
    this.#isClosed = true;
    this.#release(code);
  }

  #received(data: unknown): void {
    this.#receivedAtMs = this.#client.platform.nowMs();
    this.#isPinging = false;
    const messages = messagesOf(data);
    if (messages === undefined) this.#broken();
    else this.#inbox.push(...messages);
    this.#passOn();
  }

  /**
   * Passes messages on, and waits between a reply and an event that follows it: what continues from the reply runs
   * before. The reply is older than the event, although both may be in one frame.
   */
  #passOn(): void {
    while (!this.#isDeferred && !this.#isClosed) {
      const message = this.#inbox[0];
      if (message === undefined) break;
      const isReply = message.t === "reply" || message.t === "fail";
      if (this.#hasReplied && !isReply) {
        this.#wait();
        return;
      }
      this.#inbox.shift();
      this.#hasReplied = isReply;
      this.#pass(message);
    }
    if (this.#loss !== undefined && !this.#isDeferred && !this.#isClosed) {
      this.#isClosed = true;
      this.#owner.lost(this.#loss.code, this.#loss.error);
    }
  }

  #wait(): void {
    this.#isDeferred = true;
    this.#client.platform.defer(() => {
      this.#isDeferred = false;
      this.#hasReplied = false;
      this.#passOn();
    });
  }

  #pass(message: ServerMessage): void {
    if (message.t === "welcome") {
      this.#welcome = message;
      this.#beat();
      this.#owner.welcomed(message);
    } else if (this.#welcome === undefined || !KNOWN.has(message.t)) {
      this.#inbox.length = 0; // what follows in the frame means nothing
      this.#broken();
    } else if (message.t !== "pong") {
      this.#owner.received(message);
    }
  }

  /** Loses the socket after something that is not a message of the protocol. */
  #broken(): void {
    const options = { code: "ERR_PROTOCOL", outcome: CallOutcome.Unknown };
    const error = new CallError(
      "the gateway has sent something that is not a message of the protocol",
      options,
    );
    this.#lose(CloseCode.Protocol, error, CloseCode.NoMessage);
  }

  /** Sends a `ping` once nothing was received for a while. */
  #beat(): void {
    const pingMs = this.#welcome?.pingMs ?? 0;
    const quietMs = this.#client.platform.nowMs() - this.#receivedAtMs;
    if (quietMs >= pingMs) this.#ping();
    else this.#arm(() => this.#beat(), pingMs - quietMs);
  }

  #ping(): void {
    this.#pings += 1;
    this.#isPinging = true;
    this.send({ t: "ping", n: this.#pings });
    this.#arm(() => {
      if (this.#isPinging) this.#silent();
      else this.#beat();
    }, ANSWER_MS);
  }

  #arm(callback: () => void, delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#client.platform.schedule(callback, delayMs);
  }

  #silent(): void {
    const error = disconnected(CallOutcome.Unknown, new Error("no frame from the gateway"));
    this.#lose(CloseCode.Silence, error, CloseCode.Silence);
  }

  #lose(code: number, error: CallError, closeWith: number = CloseCode.Normal): void {
    if (this.#loss !== undefined || this.#isClosed) return;
    this.#loss = { code, error };
    this.#release(closeWith);
    this.#owner.down(error);
    this.#passOn();
  }

  #release(code: number): void {
    this.#cancelTimer();
    const socket = this.#socket;
    if (socket === undefined) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    // A socket that cannot be closed any more has nothing to close.
    socket.onerror = () => undefined;
    socket.close(code);
  }
}

/** Returns the messages of a frame, or `undefined` if it has something else. */
function messagesOf(data: unknown): readonly ServerMessage[] | undefined {
  try {
    const frame: unknown = JSON.parse(data as string);
    const messages: readonly unknown[] = Array.isArray(frame) ? frame : [frame];
    return messages.every((one) => Object(one) === one) ? (messages as ServerMessage[]) : undefined;
  } catch {
    return undefined;
  }
}

const CODES: Readonly<Record<number, string>> = {
  [CloseCode.Protocol]: "ERR_PROTOCOL",
  [CloseCode.Binary]: "ERR_PROTOCOL",
  [CloseCode.NotUtf8]: "ERR_PROTOCOL",
  [CloseCode.Fragments]: "ERR_PROTOCOL",
  [CloseCode.TooLarge]: "ERR_PROTOCOL",
  [CloseCode.Token]: "ERR_TOKEN",
  [CloseCode.Version]: "ERR_PROTOCOL_VERSION",
};

function errorOf(closeCode: number, reason: string): CallError {
  const text = reason === "" ? "" : `: ${reason}`;
  return new CallError(`the socket was closed with ${closeCode}${text}`, {
    code: CODES[closeCode] ?? "ERR_DISCONNECTED",
    outcome: CallOutcome.Unknown,
  });
}
