import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** How a proxy writes the address on. */
export interface ProxyOptions {
  /** Where the proxy serves it, for example `/tools/ll/`; taken off again. */
  readonly prefix: string;
  /** Port of the server behind it. */
  readonly port: number;
  /** Decodes `%2F` in paths, as some proxies do by default. */
  readonly decodesSlashes?: boolean;
}

/** A reverse proxy that serves a server of this machine below a path. */
export class PrefixProxy implements AsyncDisposable {
  readonly #options: ProxyOptions;
  readonly #server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));

  private constructor(options: ProxyOptions) {
    this.#options = options;
  }

  static async start(options: ProxyOptions): Promise<PrefixProxy> {
    const proxy = new PrefixProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The address of the prefix. */
  get url(): string {
    return `http://127.0.0.1:${this.port}${this.#options.prefix}`;
  }

  /** Names the proxy is asked by; the server behind it has to know them. */
  get names(): readonly string[] {
    return [`127.0.0.1:${this.port}`, `localhost:${this.port}`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { prefix, port, decodesSlashes = false } = this.#options;
    const url = incoming.url ?? "/";
    if (!url.startsWith(prefix)) return void outgoing.writeHead(404).end("outside of the prefix");
    const rest = `/${url.slice(prefix.length)}`;
    const path = decodesSlashes ? rest.replaceAll(/%2F/gi, "/") : rest;
    const { method, headers } = incoming;
    const passed = request({
      port,
      path,
      method,
      // The server behind is asked by its own name, as `proxy_pass` of nginx does.
      headers: { ...headers, host: `127.0.0.1:${port}` },
      createConnection: () => connect(port, "127.0.0.1"),
    });
    passed.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  }
}
