import type { IncomingMessage } from "node:http";
import { ITEMS, type Item, MAX_QUANTITY, type OrderRequest } from "../actors/order.ts";
import { Refusal, ShopErrorCode } from "./http-reply.ts";

/** Maximum size of a body. An order has about fifty bytes. */
const MAX_BODY_BYTES = 16_384;
/**
 * Maximum number of bytes read and discarded of a body that is too large. A client that is still sending when
 * the connection closes does not see the response.
 */
const DISCARDED_BYTES = 4_194_304;

/**
 * Reads the order from a request's body.
 *
 * @throws {@link Refusal} 415, 413 or 400
 */
export async function readOrderRequest(request: IncomingMessage): Promise<OrderRequest> {
  requireJson(request.headers["content-type"]);
  return validate(parse(await readBody(request)));
}

function requireJson(contentType: string | undefined): void {
  const mediaType = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType === "application/json") return;
  throw new Refusal(415, ShopErrorCode.UnsupportedMediaType, "send the order as application/json");
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // Leaving the loop must not destroy the request: its socket is still needed for the response.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    sizeBytes += bytes.length;
    if (sizeBytes <= MAX_BODY_BYTES) chunks.push(bytes);
    if (sizeBytes > DISCARDED_BYTES) break;
  }
  if (sizeBytes <= MAX_BODY_BYTES) return Buffer.concat(chunks).toString("utf8");
  throw new Refusal(
    413,
    ShopErrorCode.BodyTooLarge,
    `an order has at most ${MAX_BODY_BYTES} bytes`,
    { connection: "close" }, // the rest of the body may still be in transit
  );
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's message quotes the body, which is customer data and must not be logged.
    throw new Refusal(400, ShopErrorCode.InvalidJson, "the body is not JSON");
  }
}

function validate(body: unknown): OrderRequest {
  const order = typeof body === "object" && body !== null ? body : {};
  const { item, quantity } = order as { item?: unknown; quantity?: unknown };
  if (!isItem(item)) throw invalid(`\`item\` must be one of ${ITEMS.join(", ")}`);
  if (typeof quantity === "number" && Number.isInteger(quantity)) {
    if (quantity >= 1 && quantity <= MAX_QUANTITY) return { item, quantity };
  }
  throw invalid(`\`quantity\` must be an integer from 1 to ${MAX_QUANTITY}`);
}

function isItem(value: unknown): value is Item {
  return ITEMS.some((item) => item === value);
}

function invalid(message: string): Refusal {
  return new Refusal(400, ShopErrorCode.InvalidOrder, message);
}
