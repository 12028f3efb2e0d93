import type { AbortNotice } from "../../base/async/abort-notice.ts";
import type { SiteHeaders } from "../../http/host-guard.ts";
import type { AnswerStream } from "../raw/answer-stream.ts";
import type { RequestStream } from "../raw/request-body.ts";

/** A body that has been read. */
export type RequestBody =
  | { readonly bytes: Buffer }
  /** By a middleware in front, such as `express.json()`. */
  | { readonly parsed: unknown };

/** One HTTP request, whatever server it came by. */
export interface Exchange {
  readonly method: string;
  /** Path and query, as they came. */
  readonly target: string;
  readonly scheme: "http" | "https";
  /** Such as `1.1`; `undefined` if it is not known. */
  readonly protocolVersion: string | undefined;
  /** Address at the other end of the connection; empty if it is not known. */
  readonly peer: string;
  /** Port at which it arrived. */
  readonly localPort: number;
  readonly headerCount: number;
  /** Number of `Authorization` headers. */
  readonly authorizations: number;
  /** What the guard reads. */
  readonly site: SiteHeaders;
  /** Returns the value of a header in lower case; headers that came more than once are joined by commas. */
  header(name: string): string | undefined;
  /** All headers, copied. */
  headers(): Headers;
  /**
   * Reads the body to its end.
   *
   * @throws {@link Refusal} `BODY_TOO_LARGE`
   */
  readBody(limitBytes: number): Promise<RequestBody>;
  /**
   * Returns the body, to be read as it arrives; `undefined` if there is none. Called instead of `readBody`.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION` if a handler in front has read it
   */
  openBody(limitBytes: number): RequestStream | undefined;
  /** Reads and drops a body that is not used, as far as a client has to send it before it sees the answer. */
  discardBody(): Promise<void>;
  /** Bytes of the body that have been read. */
  readonly bodyBytes: number;
  /** Aborted when the client goes away before its answer is complete. */
  readonly gone: AbortNotice;
  /** The same for programs. Made when it is first read. */
  readonly signal: AbortSignal;
  /** Whether the client has gone away. */
  readonly isGone: boolean;
}

/** An answer: complete, or with a body that follows. */
export interface HttpAnswer {
  readonly status: number;
  /** Names and values, in turns. */
  readonly headers: readonly string[];
  /** `undefined` for an answer without a body. */
  readonly body: string | undefined;
  /** A body that is sent as it is made, in place of `body`. */
  readonly stream?: AnswerStream | undefined;
}
