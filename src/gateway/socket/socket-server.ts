import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import { clearTimer, setTimer } from "../../base/node-timers.ts";
import { CloseCode } from "../../wire/close-codes.ts";
import { SUBPROTOCOL } from "../../wire/gateway-frames.ts";
import type { RawSocket, SocketEvents } from "./raw-socket.ts";

/** How long a client may take to answer a close frame. */
const CLOSE_MS = 5_000;
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
      clientTracking: false,
      maxPayload: maxFrameBytes,
      // It takes 300 KiB a socket, and tells what is secret in a text by its size.
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
  }

  /**
   * Answers a handshake. One that is no WebSocket's is refused by the library.
   *
   * @param begin returns what gets the events of the socket
   */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    begin: (raw: RawSocket) => SocketEvents,
  ): void {
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      connect(opened, begin(new LibrarySocket(opened)));
    });
  }
}

function connect(socket: WebSocket, events: SocketEvents): void {
  socket.on("message", (data: Buffer, isBinary) => {
    if (isBinary) events.broken(CloseCode.Binary);
    else events.received(data.toString(), data.length);
  });
  socket.on("error", (error) => {
    const { code = "" } = error as { readonly code?: string };
    if (code.startsWith("WS_ERR_")) events.broken(FAULTS[code] ?? CloseCode.Protocol);
  });
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
    const timer = setTimer(() => this.#socket.terminate(), CLOSE_MS).unref();
    this.#socket.once("close", () => clearTimer(timer));
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
