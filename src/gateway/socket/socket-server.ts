import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import { clearTimer, runInMicrotask, setTimer } from "../../base/node-timers.ts";
import { HttpCode, Refusal } from "../../http/refusal.ts";
import { CloseCode } from "../../wire/close-codes.ts";
import { SUBPROTOCOL } from "../../wire/gateway-frames.ts";
import type { RawSocket, SocketEvents } from "./raw-socket.ts";

/** How long a client may take to answer a close frame, or to close the connection after its own. */
const CLOSE_MS = 5_000;
/** What is reported of a close frame without a code. */
const NO_CODE = 1005;
/** Event of a socket that begins to close. */
const CLOSING = "limelight.closing";
/** With a handshake that is refused: the versions of the WebSocket protocol that the library reads. */
const VERSIONS = { "Sec-WebSocket-Version": "13, 8" };
/** Close codes of what `ws` does not accept, by the codes of its errors. */
const FAULTS: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: CloseCode.NotUtf8,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CloseCode.TooLarge,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: CloseCode.TooLarge,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: CloseCode.Fragments,
};

/** Makes WebSockets of connections. The only part of the gateway that knows the library. */
export class SocketServer {
  readonly #server: WebSocketServer;

  /** @param maxFrameBytes of a frame from a client, whatever it is composed of */
  constructor(maxFrameBytes: number) {
    this.#server = new WebSocketServer({
      noServer: true,
      WebSocket: WatchedSocket,
      clientTracking: false,
      maxPayload: maxFrameBytes,
      // It takes 300 KiB a socket, and tells what is secret in a text by its size.
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    this.#server.on("wsClientError", ({ message }) => {
      throw new Refusal(HttpCode.BadRequest, message, { headers: VERSIONS }); // a fixed text
    });
  }

  /**
   * Answers a handshake.
   *
   * @param begin returns what gets the events of the socket
   * @throws {@link Refusal} for one that is no WebSocket's, or whose client has disconnected
   */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    begin: (raw: RawSocket) => SocketEvents,
  ): void {
    let isOpened = false;
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      isOpened = true;
      connect(opened, begin(new LibrarySocket(opened)));
    });
    if (!isOpened) throw new Refusal(HttpCode.BadRequest, "the client has disconnected");
  }
}

/**
 * A socket of the library that says when it begins to close. The library answers close frames without a word, and waits
 * for the end of the connection, which a client can hold open.
 */
class WatchedSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    const isFirst = this.readyState === WebSocket.OPEN;
    super.close(code, reason);
    if (!isFirst) return;
    const timer = setTimer(() => this.terminate(), CLOSE_MS).unref();
    this.once("close", () => clearTimer(timer));
    this.emit(CLOSING, code ?? NO_CODE);
  }
}

function connect(socket: WebSocket, events: SocketEvents): void {
  socket.on("message", (data: Buffer, isBinary) => {
    if (isBinary) events.broken(CloseCode.Binary);
    else events.received(data.toString(), data.length);
  });
  socket.on("ping", () => events.controlled());
  socket.on("pong", () => events.controlled());
  socket.on("error", (error) => {
    const { code = "" } = error as { readonly code?: string };
    if (code.startsWith("WS_ERR_")) events.broken(FAULTS[code] ?? CloseCode.Protocol);
  });
  // Later: the error of a frame that cannot be read comes after the end that it causes.
  socket.on(CLOSING, (code: number) => runInMicrotask(() => events.closing(code)));
  socket.on("close", (code) => events.closed(code));
}

/** A socket of the library. */
class LibrarySocket implements RawSocket {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: string | Buffer, sent: () => void): void {
    this.#socket.send(frame, { binary: false }, sent);
  }

  fence(answered: () => void): void {
    this.#socket.once("pong", answered);
    this.#socket.ping();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState >= WebSocket.CLOSING) return; // by an error of the library
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
