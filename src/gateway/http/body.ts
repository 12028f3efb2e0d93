import { isUtf8 } from "node:buffer";
import { HttpCode, Refusal } from "../../http/refusal.ts";
import { findJsonFault } from "../expose/json-check.ts";
import type { Exchange } from "./exchange.ts";

/** Limits of a body. */
export interface BodyLimits {
  readonly bodyBytes: number;
  readonly jsonDepth: number;
}

const JSON_TYPE = /^application\/json[ \t]*(?:;|$)/i;

/**
 * Reads a JSON body, and checks what `JSON.parse` does not.
 *
 * @throws {@link Refusal} `MEDIA_TYPE`, `BODY_TOO_LARGE`, `BAD_REQUEST`
 */
export async function readJsonBody(
  exchange: Exchange,
  { bodyBytes, jsonDepth }: BodyLimits,
): Promise<unknown> {
  const type = exchange.header("content-type");
  if (type !== "application/json" && !JSON_TYPE.test(type ?? "")) {
    throw new Refusal(HttpCode.MediaType, "the body must be application/json");
  }
  if (exchange.header("content-encoding") !== undefined) {
    throw new Refusal(HttpCode.MediaType, "the body must not be compressed");
  }
  const body = await exchange.readBody(bodyBytes);
  const value = "bytes" in body ? parse(body.bytes) : body.parsed;
  const fault = findJsonFault(value, jsonDepth);
  if (fault !== undefined) throw new Refusal(HttpCode.BadRequest, fault);
  return value;
}

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Refusal(HttpCode.BadRequest, "the body is not UTF-8");
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    // The error quotes the body.
    throw new Refusal(HttpCode.BadRequest, "the body is no JSON");
  }
}
