import { ProblemTable } from "../../http/refusal.ts";

/** Codes with which a gateway refuses requests, besides those of every server. */
export const GatewayCode = {
  AuthUnavailable: "ERR_AUTH_UNAVAILABLE",
  Draining: "ERR_DRAINING",
  Forbidden: "ERR_FORBIDDEN",
  InvalidArguments: "ERR_INVALID_ARGUMENTS",
  InvalidKey: "ERR_INVALID_KEY",
  Limit: "ERR_LIMIT",
  Overloaded: "ERR_OVERLOADED",
  RateLimited: "ERR_RATE_LIMITED",
  ReplyInvalid: "ERR_REPLY_INVALID",
  ReplyTooLarge: "ERR_REPLY_TOO_LARGE",
  Upgrade: "ERR_UPGRADE_REQUIRED",
} as const;
export type GatewayCode = (typeof GatewayCode)[keyof typeof GatewayCode];

/** All codes of refusals of a gateway, and their statuses. The common ones are `ERR_BAD_REQUEST` and so on. */
export const GATEWAY_PROBLEMS: ProblemTable<"ERR_", GatewayCode> = new ProblemTable("ERR_", {
  [GatewayCode.AuthUnavailable]: 503,
  [GatewayCode.Draining]: 503,
  [GatewayCode.Forbidden]: 403,
  [GatewayCode.InvalidArguments]: 400,
  [GatewayCode.InvalidKey]: 400,
  [GatewayCode.Limit]: 429,
  [GatewayCode.Overloaded]: 503,
  [GatewayCode.RateLimited]: 429,
  [GatewayCode.ReplyInvalid]: 500,
  [GatewayCode.ReplyTooLarge]: 500,
  [GatewayCode.Upgrade]: 426,
});
