/**
 * Client of a gateway, for browsers, Node, Bun and Deno. Imports nothing.
 *
 * @module limelight/client
 */
export { CallError, type CallErrorOptions } from "./client/call-error.ts";
export type {
  ActorHandle,
  Asks,
  CallOptions,
  Client,
  ClientOptions,
  ClientQueue,
  ClientQueues,
  ClientSends,
  HandleOptions,
  Handles,
  Tells,
} from "./client/client-types.ts";
export {
  type ActorConnection,
  type ConnectArguments,
  ConnectionStatus,
  type ConnectOptions,
  type EventMeta,
  type Resync,
} from "./client/connection-types.ts";
export { createClient } from "./client/create-client.ts";
export { CallOutcome, GapReason, type WireError, type WireIssue } from "./wire/gateway-frames.ts";
export type { Wire } from "./wire/json-type.ts";
