import type { SiteHeaders } from "../../http/host-guard.ts";
import { HttpCode, Refusal } from "../../http/refusal.ts";
import { type AnswerStream, streamOf } from "../raw/answer-stream.ts";
import { FetchRequestBody, type RequestStream } from "../raw/request-body.ts";
import type { Exchange, HttpAnswer, RequestBody } from "./exchange.ts";

const URL_PARTS = /^(https?):\/\/([^/?#]*)([^#]*)/;
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A request in the form of the Fetch standard. Its URL has been normalised and its headers have been joined before the
 * gateway sees them.
 */
export class FetchExchange implements Exchange {
  readonly #request: Request;
  /** Aborted when the body of the answer is cancelled. */
  readonly #gone = new AbortController();
  #signal: AbortSignal | undefined;
  readonly scheme: "http" | "https";
  readonly target: string;
  readonly site: SiteHeaders;
  readonly localPort: number;
  readonly protocolVersion = undefined;
  /** Not known. */
  readonly peer = "";
  bodyBytes = 0;
  /** Headers that came twice were joined, and are not what is expected any more. */
  readonly authorizations = 1;

  constructor(request: Request) {
    this.#request = request;
    const [, scheme, authority = "", target = ""] = URL_PARTS.exec(request.url) ?? [];
    this.scheme = scheme === "https" ? "https" : "http";
    this.target = target.startsWith("/") ? target : `/${target}`;
    const { headers } = request;
    const host = headers.get("host") ?? authority;
    // The port of the server is not known here. DNS rebinding needs a name.
    this.localPort = Number(/:(\d+)$/.exec(host)?.[1] ?? (this.scheme === "https" ? 443 : 80));
    this.site = {
      method: request.method,
      host,
      hosts: 1,
      origin: headers.get("origin") ?? undefined,
      site: headers.get("sec-fetch-site") ?? undefined,
      mode: headers.get("sec-fetch-mode") ?? undefined,
      destination: headers.get("sec-fetch-dest") ?? undefined,
    };
  }

  get method(): string {
    return this.#request.method;
  }

  get headerCount(): number {
    let count = 0;
    for (const _ of this.#request.headers) count += 1;
    return count;
  }

  get gone(): AbortSignal {
    return this.signal;
  }

  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any([this.#request.signal, this.#gone.signal]);
    return this.#signal;
  }

  get isGone(): boolean {
    return this.#request.signal.aborted || this.#gone.signal.aborted;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  headers(): Headers {
    return new Headers(this.#request.headers);
  }

  async readBody(limitBytes: number): Promise<RequestBody> {
    const { body } = this.#request;
    if (body === null) return { bytes: Buffer.alloc(0) };
    const reader = body.getReader();
    const stop = (): void => void reader.cancel().catch(() => {});
    this.signal.addEventListener("abort", stop, { once: true });
    try {
      return { bytes: await this.#readAll(reader, limitBytes) };
    } catch (error) {
      stop();
      if (!this.isGone) throw error;
      throw new Refusal(HttpCode.BadRequest, "the body did not arrive");
    } finally {
      this.signal.removeEventListener("abort", stop);
    }
  }

  async #readAll(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    limitBytes: number,
  ): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const { done, value } = await reader.read();
      // A body that was cancelled looks complete.
      if (this.isGone) throw this.signal.reason;
      if (done) return Buffer.concat(chunks);
      this.bodyBytes += value.byteLength;
      if (this.bodyBytes > limitBytes) {
        throw new Refusal(HttpCode.BodyTooLarge, `a body has at most ${limitBytes} bytes`);
      }
      chunks.push(value);
    }
  }

  openBody(limitBytes: number): RequestStream | undefined {
    const { body } = this.#request;
    if (body === null) return undefined;
    return new FetchRequestBody(body, limitBytes, (bytes) => {
      this.bodyBytes += bytes;
    });
  }

  async discardBody(): Promise<void> {
    await this.#request.body?.cancel();
  }

  /** Ends the call, or the body of its answer, at the deadline of the drain. */
  cut(): void {
    this.#gone.abort();
  }

  /** Returns the answer as a response. */
  respond({ status, headers, body, stream }: HttpAnswer): Response {
    const pairs: [string, string][] = [];
    for (let at = 0; at < headers.length; at += 2) {
      const name = headers[at] ?? "";
      if (name !== "Content-Length" && name !== "Connection") {
        pairs.push([name, headers[at + 1] ?? ""]);
      }
    }
    if (stream !== undefined) {
      const ended: AnswerStream["ended"] = (bytes, end) => {
        stream.ended(bytes, end);
        if (end.kind === "gone") this.#gone.abort();
      };
      const sent = streamOf({ body: stream.body, ended }, this.signal);
      return new Response(sent, { status, headers: pairs });
    }
    const isEmpty = NO_BODY.has(status) || this.method === "HEAD";
    return new Response(isEmpty ? null : (body ?? null), { status, headers: pairs });
  }
}
