import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type WebSocket, WebSocketServer } from "ws";
import type { ClientMessage, ServerMessage } from "../../src/wire/gateway-frames.ts";

/** A client that takes longer to do something, such as a browser, will not do it. */
const PATIENCE_MS = 30_000;

/** Lets the event loop turn until `condition` holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const endsAtMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > endsAtMs) throw new Error(`${what} did not happen`);
    await nextTurn();
  }
}

/** A request as it has arrived. */
export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
}
/** An answer, or none: `undefined` keeps the client waiting, `"lost"` breaks the connection. */
export type ScriptedAnswer =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | "lost"
  | undefined;

/** The message of one kind. */
type OfKind<Kind, Message = ClientMessage> = Message extends { readonly t: infer Kinds }
  ? Kind extends Kinds
    ? Message
    : never
  : never;

/** The server's end of a socket. Messages wait until a test takes them; `close` is answered besides. */
export class ScriptedSocket {
  readonly #socket: WebSocket;
  readonly handshake: IncomingMessage;
  readonly messages: ClientMessage[] = [];
  /** Close code that the client has sent; `undefined` while it has not. */
  closedWith: number | undefined;
  /** Whether it says that a connection has ended which the client closes. */
  answersClose = true;

  constructor(socket: WebSocket, handshake: IncomingMessage) {
    this.#socket = socket;
    this.handshake = handshake;
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as ClientMessage | ClientMessage[];
      const messages = [frame].flat();
      this.messages.push(...messages);
      for (const message of messages) {
        if (message.t === "close" && this.answersClose)
          this.send({ t: "closed", c: message.c, again: false });
      }
    });
    socket.on("close", (code) => {
      this.closedWith = code;
    });
  }

  /** Takes the next message, which must be of this kind. */
  async take<Kind extends ClientMessage["t"]>(kind: Kind): Promise<OfKind<Kind>> {
    await until(() => this.messages.length > 0, `a message ${kind}`);
    const message = this.messages.shift();
    if (message?.t !== kind) throw new Error(`${JSON.stringify(message)} is no ${kind}`);
    return message as OfKind<Kind>;
  }

  send(...messages: readonly ServerMessage[]): void {
    this.sendText(JSON.stringify(messages.length === 1 ? messages[0] : messages));
  }

  sendText(data: string): void {
    this.#socket.send(data);
  }

  /** Takes `hello`, and answers it. */
  async welcome(
    options: { readonly expMs?: number; readonly frameBytes?: number } = {},
  ): Promise<OfKind<"hello">> {
    const hello = await this.take("hello");
    this.send({ t: "welcome", v: 1, pingMs: 15_000, frameBytes: 262_144, ...options });
    return hello;
  }

  /** Takes `open`, and answers it. */
  async open(
    opened: Partial<Extract<ServerMessage, { readonly t: "opened" }>> = {},
  ): Promise<OfKind<"open">> {
    const open = await this.take("open");
    const { c } = open;
    this.send({
      t: "opened",
      c,
      id: `id-${c}`,
      a: c + 100,
      at: "i.1.0",
      resumed: false,
      ...opened,
    });
    return open;
  }

  close(code: number, reason = ""): void {
    this.#socket.close(code, reason);
  }

  /** Breaks the connection without a close frame. */
  cut(): void {
    this.#socket.terminate();
  }

  async untilClosed(): Promise<number> {
    await until(() => this.closedWith !== undefined, "the socket was closed");
    return this.closedWith ?? 0;
  }
}

/** A gateway that does what a test says: HTTP requests and sockets on a free port of loopback. */
export class ScriptedGateway implements AsyncDisposable {
  readonly #server: Server;
  readonly requests: ScriptedRequest[] = [];
  readonly sockets: ScriptedSocket[] = [];
  /** Handshakes, answered or not. */
  handshakes = 0;
  /** Answers requests over HTTP. */
  answer: (request: ScriptedRequest) => ScriptedAnswer | Promise<ScriptedAnswer> = () => ({
    status: 204,
  });
  /** What becomes of a handshake: taken, answered with this status, or kept waiting. */
  handshake: number | "take" | "wait" = "take";
  readonly #held: Duplex[] = [];

  private constructor(server: Server) {
    this.#server = server;
    const sockets = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => {
      this.handshakes += 1;
      if (this.handshake === "take") {
        sockets.handleUpgrade(request, socket, head, (opened) => {
          this.sockets.push(new ScriptedSocket(opened, request));
        });
      } else if (this.handshake === "wait") {
        this.#held.push(socket);
        socket.on("error", () => undefined);
      } else {
        socket.end(`HTTP/1.1 ${this.handshake} Refused\r\nConnection: close\r\n\r\n`);
      }
    });
    server.on("request", async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://gateway");
      const left = new AbortController();
      response.on("close", () => left.abort());
      const scripted = {
        method: request.method ?? "",
        path: pathname,
        query: searchParams,
        headers: request.headers,
        body: await text(request),
        signal: left.signal,
      };
      this.requests.push(scripted);
      const answer = await this.answer(scripted);
      if (answer === "lost") request.socket.destroy();
      else if (answer !== undefined) {
        const { status, headers = {}, body } = answer;
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      }
    });
  }

  static async listen(port = 0): Promise<ScriptedGateway> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return new ScriptedGateway(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves with socket number `at`, from 0 on, once it is there. */
  async socket(at: number): Promise<ScriptedSocket> {
    await until(() => this.sockets.length > at, `socket ${at}`);
    const socket = this.sockets[at];
    if (socket === undefined) throw new Error(`there is no socket ${at}`);
    return socket;
  }

  async untilRequests(count: number): Promise<void> {
    await until(() => this.requests.length >= count, `${count} requests`);
  }

  /** Resolves once the client has left request number `at`, from 0 on. */
  async untilLeft(at: number): Promise<void> {
    await until(() => this.requests[at]?.signal.aborted === true, `the client left request ${at}`);
  }

  /** Breaks the handshakes that were kept waiting. */
  dropHeld(): void {
    for (const socket of this.#held.splice(0)) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.cut();
    this.dropHeld();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
