import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import {
  type Console,
  type ConsoleOptions,
  consoleSpanProcessor,
  createConsole,
  type Frame,
} from "../../src/console.ts";
import { createSystem, type MonitoredSystem, type SystemOptions } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { expectBooks } from "../../src/testing.ts";

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
  readonly json: any;
}

/** What a request is made of beside its path. */
export interface Wishes {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Sends a request with exactly these headers: `fetch` would not let `Host` be wrong. */
export async function ask(port: number, path: string, wishes: Wishes = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body } = wishes;
  const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  const isJson = response.headers["content-type"]?.startsWith("application/json") === true;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    json: isJson && text !== "" ? JSON.parse(text) : undefined,
  };
}

/** Makes {@link ConsoleKit}s. */
export interface KitOptions extends ConsoleOptions {
  readonly system?: SystemOptions;
}

/** A system, and a console that shows it. */
export interface ConsoleKit extends AsyncDisposable {
  readonly system: MonitoredSystem;
  readonly console: Console;
  /** Asks with the token. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** Opens a console on any port, on a system that writes its lines nowhere else. */
export async function openConsole(options: KitOptions = {}): Promise<ConsoleKit> {
  const { system: systemOptions, ...consoleOptions } = options;
  const logger = createLogger({ level: "debug", destination: { write() {} } });
  const system = createSystem({ logger, ...systemOptions });
  const console = await createConsole(system, { port: 0, ...consoleOptions });
  const known = { authorization: `Bearer ${console.token}` };
  return {
    system,
    console,
    get: (path, headers = {}) => ask(console.port, path, { headers: { ...known, ...headers } }),
    post: (path, body, headers = {}) =>
      ask(console.port, path, {
        method: "POST",
        headers: { ...known, "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await console.close();
      await system.shutdown();
      expectBooks(system);
    },
  };
}

/** One event of the stream. */
export interface StreamEvent {
  readonly id: number;
  readonly frame: Frame;
  readonly bytes: number;
}

/** Somebody who looks at the stream, as long as the test lets them. */
export class StreamViewer implements AsyncDisposable {
  readonly #response: IncomingMessage;
  readonly #events: StreamEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #text = "";
  /** Whether frames are read; otherwise they are only counted, and empty. */
  reads = true;
  /** Comments so far. */
  heartbeats = 0;
  readonly closed: Promise<void>;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => this.#take(chunk));
    response.on("error", () => {});
    // Not `once` of events: it would reject with the error of a connection that was cut.
    this.closed = new Promise((resolve) => response.once("close", () => resolve()));
  }

  static async open(
    { port, token }: Console,
    query = "",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<StreamViewer> {
    const sent = request({
      host: "127.0.0.1",
      port,
      path: `/api/events${query}`,
      headers: { authorization: `Bearer ${token}`, ...headers },
      agent: false,
    });
    sent.on("error", () => {});
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    return new StreamViewer(response);
  }

  get events(): readonly StreamEvent[] {
    return this.#events;
  }

  /** Reads nothing any more: its socket fills up. */
  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  /** The event of that number, counted from 0; waits for it. */
  async event(at: number): Promise<StreamEvent> {
    for (;;) {
      const found = this.#events[at];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#response.destroy();
    await this.closed;
  }

  #take(chunk: string): void {
    this.#text += chunk;
    for (let end = this.#text.indexOf("\n\n"); end !== -1; end = this.#text.indexOf("\n\n")) {
      this.#event(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 2);
    }
    for (const waiting of [...this.#waiting]) waiting();
    this.#waiting.clear();
  }

  #event(text: string): void {
    if (text.startsWith(":")) this.heartbeats += 1;
    const [, id, data] = /^id: (\d+)\nevent: frame\ndata: (.*)$/.exec(text) ?? [];
    if (id === undefined || data === undefined) return;
    const frame = (this.reads ? JSON.parse(data) : {}) as Frame;
    this.#events.push({ id: Number(id), frame, bytes: data.length });
  }
}

export { consoleSpanProcessor };
