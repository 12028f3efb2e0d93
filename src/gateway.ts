import "./base/node/require-node.ts";

export type { Authenticate, Credentials } from "./gateway/call/authenticate.ts";
export { createGateway } from "./gateway/create-gateway.ts";
export { type Exposed, expose } from "./gateway/expose/expose.ts";
export type {
  Access,
  AccessKind,
  CallInput,
  ExposeOptions,
  RequestMethod,
  SendInput,
} from "./gateway/expose/expose-options.ts";
export type {
  SchemaIssue,
  SchemaResult,
  StandardSchema,
} from "./gateway/expose/standard-schema.ts";
export { unchecked } from "./gateway/expose/unchecked.ts";
export type { Gateway, GatewayDrainReport } from "./gateway/gateway-facade.ts";
export type { GatewayLimits } from "./gateway/gateway-limits.ts";
export type { ClientAddress, GatewayOptions } from "./gateway/gateway-options.ts";
export type { IncomingTraces } from "./gateway/trace/incoming-trace.ts";
