import type { IncomingMessage, ServerResponse } from "node:http";
import { diag } from "@opentelemetry/api";
import { ProblemCode, Refusal } from "./problem.ts";

const JSON_TYPE = "application/json; charset=utf-8";

/** What every answer says: nothing of it is kept, framed, guessed at, or for other sites. */
const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  [
    "Content-Security-Policy",
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  ],
  ["Cache-Control", "no-store"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Referrer-Policy", "no-referrer"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
];

/** Sets the headers that every answer has. */
export function secure(response: ServerResponse): void {
  for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
}

/** Answers with `body` as it is. */
export function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
): void {
  response.statusCode = status;
  response.setHeader("Content-Type", contentType);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(body); // Node leaves it out of answers to HEAD
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  send(response, status, JSON_TYPE, `${JSON.stringify(value)}\n`);
}

/** Answers a request that has gone wrong; what is not meant for viewers goes to OpenTelemetry's logger. */
export function sendProblem(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const refusal = error instanceof Refusal ? error : asRefusal(error);
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  sendJson(response, refusal.problem, refusal.status);
}

function asRefusal(error: unknown): Refusal {
  diag.error("limelight's console could not answer", error);
  return new Refusal(ProblemCode.Internal, "something went wrong; see the application's log");
}

/**
 * Holds the method of a request; HEAD is GET without a body.
 *
 * @throws {@link Refusal} 405
 */
export function requireMethod({ method }: IncomingMessage, allowed: readonly string[]): void {
  if (allowed.includes(method ?? "")) return;
  const allow = allowed.join(", ");
  throw new Refusal(ProblemCode.Method, `this takes ${allow}`, { Allow: allow });
}

/**
 * Reads a JSON body.
 *
 * @throws {@link Refusal} 415 for other content, 413 for too much of it, 400 for what is no JSON
 */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const { "content-type": type = "", "content-encoding": encoding } = request.headers;
  if (!/^application\/json(?:\s*;|$)/i.test(type) || encoding !== undefined) {
    throw new Refusal(ProblemCode.MediaType, "the body must be application/json, not compressed");
  }
  const tooLarge = new Refusal(ProblemCode.BodyTooLarge, `a body has at most ${limitBytes} bytes`, {
    // What is still coming of the body would be taken for the next request.
    Connection: "close",
  });
  if (Number(request.headers["content-length"] ?? 0) > limitBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw tooLarge;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    throw new Refusal(ProblemCode.BadRequest, "the body is no JSON", {}, cause);
  }
}
