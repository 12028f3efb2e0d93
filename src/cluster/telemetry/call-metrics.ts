import { NameCap } from "../../base/names.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import {
  type CallOutcome,
  CallSide,
  type RouteSource,
} from "../../telemetry/cluster-attributes.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import type { LevelPoint } from "../../telemetry/metrics/points.ts";
import { Counts, Durations } from "./series.ts";

/** Value of `rpc.system.name`. */
export const RPC_SYSTEM = "limelight";
/** Value of `rpc.status_code` of a call without an error. */
export const RPC_OK = "OK";

const MAX_METHODS = 1_000;
const MAX_CODES = 100;

/**
 * The metrics of messages between processes.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/ | conventions for RPC}
 */
export class CallMetrics {
  /** Messages that this process waits for, and those that it handles for others. */
  readonly active: Readonly<Record<CallSide, LevelPoint>>;
  readonly #calls: Counts;
  readonly #routes: Counts;
  readonly #clients: Durations;
  readonly #servers: Durations;
  readonly #methods = new NameCap(MAX_METHODS);
  readonly #codes = new NameCap(MAX_CODES);

  constructor(book: PointBook) {
    const side = (value: CallSide): LevelPoint =>
      book.level(Catalogue.ClusterCallActive, { [Attribute.CallSide]: value });
    this.active = { client: side(CallSide.Client), server: side(CallSide.Server) };
    this.#calls = new Counts(book, Catalogue.ClusterCalls);
    this.#routes = new Counts(book, Catalogue.ClusterRoutes);
    this.#clients = new Durations(book, Catalogue.RpcClientDuration);
    this.#servers = new Durations(book, Catalogue.RpcServerDuration);
  }

  /** Counts one attempt. */
  attempted(outcome: CallOutcome): void {
    this.#calls.add({ [Attribute.CallOutcome]: outcome });
  }

  /** Counts a runner that was looked up. */
  routed(source: RouteSource): void {
    this.#routes.add({ [Attribute.RouteSource]: source });
  }

  /**
   * Records a message that has ended.
   *
   * @param method type and message, such as `cart/add`
   * @param code of a failure; also one that the actor has thrown
   */
  ended(side: CallSide, method: string, code: string | undefined, durationMs: number): void {
    const status = code === undefined ? RPC_OK : this.#codes.admit(code);
    const attributes = {
      [Attribute.RpcSystem]: RPC_SYSTEM,
      [Attribute.RpcMethod]: this.#methods.admit(method),
      [Attribute.RpcStatus]: status,
    };
    const failed = code === undefined ? {} : { [Attribute.ErrorType]: status };
    const durations = side === CallSide.Client ? this.#clients : this.#servers;
    durations.record({ ...attributes, ...failed }, durationMs);
  }
}
