import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Frame } from "../../src/wire/answers.ts";

/** What a stub answers a request with instead of the stream of frames. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * A server of the console's events that sends what a test gives it: for what a real console does not say,
 * or not at a moment of one's choice.
 */
export class ConsoleStub implements AsyncDisposable {
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  readonly token = "stub-token";
  /** Paths and headers of all requests, in turn. */
  readonly requests: { readonly url: string; readonly headers: IncomingMessage["headers"] }[] = [];
  /** Sent to each viewer first of all. */
  first: Frame | undefined;
  answer: Answer | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const { url = "", headers } = request;
      this.requests.push({ url, headers });
      if (this.answer !== undefined) this.answer(request, response);
      else if (headers.authorization !== `Bearer ${this.token}`) refuse(response, 401);
      else if (url.startsWith("/api/events")) this.#stream(response);
      else refuse(response, 404);
    });
  }

  static async open(port = 0): Promise<ConsoleStub> {
    const server = createServer();
    const stub = new ConsoleStub(server);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return stub;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** As a console prints it. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/?token=${this.token}`;
  }

  get viewers(): number {
    return this.#streams.size;
  }

  send(frame: Frame): void {
    for (const stream of this.#streams) write(stream, frame);
  }

  /** Ends all streams, as a program does that ends. */
  hangUp(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
    if (this.first !== undefined) write(response, this.first);
  }
}

function write(stream: ServerResponse, frame: Frame): void {
  stream.write(`id: ${frame.sequence}\nevent: frame\ndata: ${JSON.stringify(frame)}\n\n`);
}

/** Refuses as a console does. */
export function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "application/json" });
  const error = { code: "ERR_CONSOLE_REFUSED", message: `refused with ${status}` };
  response.end(JSON.stringify({ error }));
}
