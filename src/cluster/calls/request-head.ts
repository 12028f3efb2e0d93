import { ErrorCode, UsageError } from "../../base/errors.ts";
import { invalid } from "../codec/json.ts";
import { array, flag, integer, matching, object, type Shape, text } from "../codec/shape.ts";

/*
 * What travels of an HTTP request to an actor, and of the response, besides their bodies. The head of a request is the one
 * argument of a call; that of a response is its reply.
 */

/** Names and values in turns, in the order of the headers. */
type HeaderList = readonly string[];

/** A request without its body. */
export interface RequestHead {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderList;
  readonly hasBody: boolean;
  /** Where the parts of the response go. */
  readonly inbox: string;
  /** How much of the body of the response may be sent before it is read. */
  readonly bytes: number;
  readonly frames: number;
}

/** A response without its body. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
  readonly hasBody: boolean;
}

const MAX_URL = 65_536;
const MAX_INBOX = 256;
/** Names and values count. */
const MAX_HEADERS = 2_048;
const MAX_HEADER = 1_048_576;
const MAX_REASON = 1_024;
const MAX_BYTES = 1_073_741_824;
const MIN_STATUS = 200;
const MAX_STATUS = 599;
const NAME = /^[\w!#$%&'*+.^`|~-]{1,256}$/;
/** What `Headers` take, besides NUL: bytes as characters, without line breaks. */
const VALUE = /^[^\r\n\u0100-\uffff]*$/;
const REASON_PHRASE = /^[\t\x20-\x7e\x80-\xff]*$/;
const METHOD = /^[A-Z]{1,32}$/;

const url: Shape<string> = (value, path) => {
  const given = text(MAX_URL, 1)(value, path);
  if (URL.canParse(given)) return given;
  throw invalid(`${path} must be a URL`);
};

const headerText = text(MAX_HEADER);

const reasonPhrase: Shape<string> = (value, path) => {
  const given = text(MAX_REASON)(value, path);
  if (REASON_PHRASE.test(given)) return given;
  throw invalid(`${path} must be a reason phrase`);
};

const headers: Shape<HeaderList> = (value, path) => {
  const list = array(headerText, MAX_HEADERS)(value, path);
  if (list.length % 2 !== 0) throw invalid(`${path} must have a value for each name`);
  for (let at = 0; at < list.length; at += 2) {
    if (!NAME.test(list[at] ?? "")) throw invalid(`${path} has a name that is none`);
    const content = list[at + 1] ?? "";
    if (VALUE.test(content) && !content.includes("\0")) continue;
    throw invalid(`${path} has a value that cannot be sent`);
  }
  return list;
};

const requestHead: Shape<RequestHead> = object<RequestHead>({
  method: matching(32, METHOD, "a method of HTTP"),
  url,
  headers,
  hasBody: flag,
  inbox: matching(MAX_INBOX, /^[\w-]+(?:\.[\w-]+)*$/, "tokens of a subject"),
  bytes: integer(0, MAX_BYTES),
  frames: integer(0, MAX_BYTES),
});

const responseHead: Shape<ResponseHead> = object<ResponseHead>({
  status: integer(MIN_STATUS, MAX_STATUS),
  statusText: reasonPhrase,
  headers,
  hasBody: flag,
});

/** Returns the head of a request for a message. @param rest what its sender adds */
export function headOfRequest(
  { method, url: address, headers: given, body }: Request,
  rest: Pick<RequestHead, "inbox" | "bytes" | "frames">,
): RequestHead {
  const head = { method, url: address, headers: listOf(given), hasBody: body !== null, ...rest };
  return requestHead(head, "request");
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` */
export function readRequestHead(value: unknown): RequestHead {
  return requestHead(value, "request");
}

/**
 * Returns a request.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID` for what no request can have, such as a user in its URL
 */
export function requestOf(
  { method, url: address, headers: list, hasBody }: RequestHead,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Request {
  try {
    const init = { method, headers: headersOf(list), signal };
    return new Request(address, hasBody ? { ...init, body, duplex: "half" } : init);
  } catch (error) {
    throw invalid("a request cannot be made of its head", error);
  }
}

/** @throws {@link UsageError} `ERR_INVALID_OPTION` for a response that cannot be sent, such as `Response.error()` */
export function headOfResponse({
  status,
  statusText,
  headers: given,
  body,
}: Response): ResponseHead {
  if (status < MIN_STATUS || status > MAX_STATUS) {
    const code = ErrorCode.InvalidOption;
    throw new UsageError(`\`onRequest\` responded with ${status}`, { code });
  }
  return { status, statusText, headers: listOf(given), hasBody: body !== null };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` */
export function responseOf(value: unknown, body: ReadableStream<Uint8Array>): Response {
  const head = responseHead(value, "response");
  const { status, statusText, hasBody } = head;
  try {
    const init = { status, statusText, headers: headersOf(head.headers) };
    return new Response(hasBody ? body : null, init);
  } catch (error) {
    throw invalid("a response cannot be made of its head", error);
  }
}

function listOf(headers: Headers): HeaderList {
  const list: string[] = [];
  for (const [name, value] of headers) list.push(name, value); // `Set-Cookie` comes once for each
  return list;
}

function headersOf(list: HeaderList): Headers {
  const headers = new Headers();
  for (let at = 0; at < list.length; at += 2) headers.append(list[at] ?? "", list[at + 1] ?? "");
  return headers;
}
