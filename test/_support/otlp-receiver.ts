import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import {
  type Fields,
  type ReceivedLog,
  type ReceivedPoint,
  type ReceivedSpan,
  readLogs,
  readMetrics,
  readSpans,
} from "./preload-otlp-json.ts";

/** A condition that takes longer than this will not come true. */
const PATIENCE_MS = 15_000;

/** One request as it came, unpacked. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the receiver answers: a status with headers and a body, or nothing at all. */
export type Answer =
  | { readonly status: number; readonly headers?: Fields; readonly body?: string }
  | "nothing";

const ACCEPT: Answer = { status: 200, headers: { "content-type": "application/json" }, body: "{}" };

/**
 * A small OpenTelemetry collector for tests: takes OTLP/HTTP as JSON (gzipped or not) on a free port of
 * loopback and keeps it. Protobuf is kept as bytes only, in {@link requests}.
 */
export class OtlpReceiver implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  readonly spans: ReceivedSpan[] = [];
  readonly logs: ReceivedLog[] = [];
  /** Points of all exports, oldest first; the last one of a series is its present value. */
  readonly points: ReceivedPoint[] = [];
  readonly #server: Server;
  readonly #waiting = new Set<() => void>();
  #answer: Answer = ACCEPT;

  private constructor() {
    this.#server = createServer((request, response) => void this.#receive(request, response));
  }

  /** @param port where to listen; any free port by default */
  static async start(port = 0): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server.listen(port, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on, answers so instead of accepting. What is not answered with 2xx is not kept as spans. */
  answerWith(answer: Answer): void {
    this.#answer = answer;
  }

  /** From now on, accepts again. */
  accept(): void {
    this.#answer = ACCEPT;
  }

  /** What `read` returns as soon as it is not `undefined`; it is called after each request. */
  async until<Found>(what: string, read: () => Found | undefined): Promise<Found> {
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const look = (): void => {
      const found = read();
      if (found !== undefined) resolve(found);
    };
    const names = (): string => this.spans.map((span) => span.name).join(", ");
    const timer = setTimeout(
      () => reject(new Error(`the receiver got no ${what}; spans: ${names()}`)),
      PATIENCE_MS,
    );
    this.#waiting.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  /** The first span called `name`; waits until there is one. */
  span(name: string): Promise<ReceivedSpan> {
    return this.until(`span ${name}`, () => this.spans.find((span) => span.name === name));
  }

  /** All spans of a trace so far. */
  trace(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** The latest point of a series whose attributes include `attributes`; waits until there is one. */
  point(name: string, attributes: Fields = {}): Promise<ReceivedPoint> {
    const wanted = Object.entries(attributes);
    return this.until(`metric ${name} ${JSON.stringify(attributes)}`, () =>
      this.points.findLast(
        (point) =>
          point.name === name && wanted.every(([key, value]) => point.attributes[key] === value),
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const packed = await buffer(request);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(packed) : packed;
    const { url: path = "", headers } = request;
    this.requests.push({ path, headers, body });
    const answer = this.#answer;
    if (answer !== "nothing") {
      if (answer.status < 300 && headers["content-type"] === "application/json") {
        this.#keep(path, JSON.parse(body.toString()));
      }
      response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
    }
    for (const look of [...this.#waiting]) look();
  }

  #keep(path: string, document: object): void {
    if (path.endsWith("/v1/traces")) this.spans.push(...readSpans(document));
    if (path.endsWith("/v1/logs")) this.logs.push(...readLogs(document));
    if (path.endsWith("/v1/metrics")) this.points.push(...readMetrics(document));
  }
}
