/**
 * Engines that spread keyed actors over processes and machines.
 *
 * @module limelight/cluster
 */
import "./base/node/require-node.ts";

export type { AbortNotice } from "./base/async/abort-notice.ts";
export { ClusterError } from "./base/errors.ts";
export { RemoteError } from "./cluster/calls/wire-error.ts";
export { type EmbeddedOptions, embedded } from "./cluster/embedded/embedded.ts";
export type {
  Bus,
  BusMessage,
  BusSubscription,
  ReceivedMessage,
  RequestOptions,
} from "./cluster/engine/bus.ts";
export {
  type Connection,
  Durability,
  type Engine,
  type EngineCapabilities,
  type EngineFault,
  type EngineParts,
  type EngineSession,
} from "./cluster/engine/engine.ts";
export {
  type KeyValue,
  type KeyValueCondition,
  type KeyValueEntry,
  type KeyValueListener,
  type KeyValuePage,
  NO_ENTRY,
  type Watch,
} from "./cluster/engine/key-value.ts";
export type {
  ConsumeOptions,
  Consumption,
  Delivery,
  Log,
  LogMessage,
  LogReadOptions,
  MessageHeaders,
  StoredMessage,
} from "./cluster/engine/log.ts";
export { nats } from "./cluster/nats/nats.ts";
export type { NatsOptions, NatsTls } from "./cluster/nats-client/nats-options.ts";
export type { ClusterOptions } from "./cluster/node/cluster-options.ts";
