import { errorType } from "../../index.ts";

/** Reply sent to the customer. */
export interface Reply {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Error code, used as `error.type` on the span and in the log. */
  readonly code?: string;
}

/** Codes of the server's own replies. Codes of actors come from limelight. */
export const ShopErrorCode = {
  BodyTooLarge: "ERR_BODY_TOO_LARGE",
  CrossSite: "ERR_CROSS_SITE",
  ForeignHost: "ERR_FOREIGN_HOST",
  Internal: "ERR_INTERNAL",
  InvalidJson: "ERR_INVALID_JSON",
  InvalidOrder: "ERR_INVALID_ORDER",
  MethodNotAllowed: "ERR_METHOD_NOT_ALLOWED",
  NotFound: "ERR_NOT_FOUND",
  OutOfStock: "ERR_OUT_OF_STOCK",
  PaymentDeclined: "ERR_PAYMENT_DECLINED",
  Stopping: "ERR_STOPPING",
  UnsupportedMediaType: "ERR_UNSUPPORTED_MEDIA_TYPE",
} as const;
export type ShopErrorCode = (typeof ShopErrorCode)[keyof typeof ShopErrorCode];

/** A request that the server refuses. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: ShopErrorCode;
  readonly reply: Reply;

  constructor(status: number, code: ShopErrorCode, message: string, headers?: Reply["headers"]) {
    super(message);
    this.code = code;
    this.reply = errorReply(status, code, message, headers);
  }
}

/** `{"error": {"code", "message"}}`. */
export function errorReply(
  status: number,
  code: string,
  message: string,
  headers: Reply["headers"] = {},
): Reply {
  return { status, code, headers, body: { error: { code, message } } };
}

/**
 * Returns the reply to a request whose handler threw `error`. Only messages known to be safe are sent to the
 * customer; the log has the details.
 */
export function replyToError(error: unknown): Reply {
  if (error instanceof Refusal) return error.reply;
  const code = errorType(error);
  const soon = { "retry-after": "1" };
  switch (code) {
    case "ERR_MAILBOX_FULL":
      return errorReply(503, code, "too many orders are waiting", soon);
    case "ERR_ACTOR_STOPPED":
    case "ERR_ACTOR_KILLED":
    case "ERR_SYSTEM_STOPPED":
      return errorReply(503, code, "the shop is closing", soon);
    case "ERR_ASK_TIMEOUT":
      return errorReply(504, code, "the order took too long; it may still be placed");
    case "ERR_SAVE_FAILED":
    case "ERR_SAVE_UNKNOWN":
    case "ERR_STATE_CONFLICT":
    case "ERR_START_FAILED":
      return errorReply(503, code, "orders cannot be stored or read at the moment", soon);
    case "ERR_PAYMENT_TERMINAL":
      return errorReply(502, code, "the payment terminal broke down; nothing was ordered");
    case "ECONNRESET":
      return errorReply(400, code, "the request ended half-way"); // logged only: the client has gone
    default:
      return errorReply(500, ShopErrorCode.Internal, "something went wrong; see the log");
  }
}
