import { NameCap } from "../../base/names.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import {
  type CallOutcome,
  CallSide,
  type RouteSource,
} from "../../telemetry/cluster-attributes.ts";
import type { HistogramPoint } from "../../telemetry/metrics/latency-histogram.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import type { CounterPoint, LevelPoint } from "../../telemetry/metrics/points.ts";
import { Counts, Durations, recordMs } from "./series.ts";

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
  /** Series that were used, by their outcomes and sources: found without building their attributes. */
  readonly #outcomes = new Map<CallOutcome, CounterPoint>();
  readonly #sources = new Map<RouteSource, CounterPoint>();
  readonly #durations: Readonly<Record<CallSide, Durations>>;
  /** Series of calls without an error, by method: found without building their attributes. */
  readonly #succeeded: Readonly<Record<CallSide, Map<string, HistogramPoint>>>;
  readonly #methods = new NameCap(MAX_METHODS);
  readonly #codes = new NameCap(MAX_CODES);

  constructor(book: PointBook) {
    const side = (value: CallSide): LevelPoint =>
      book.level(Catalogue.ClusterCallActive, { [Attribute.CallSide]: value });
    this.active = { client: side(CallSide.Client), server: side(CallSide.Server) };
    this.#calls = new Counts(book, Catalogue.ClusterCalls);
    this.#routes = new Counts(book, Catalogue.ClusterRoutes);
    this.#durations = {
      client: new Durations(book, Catalogue.RpcClientDuration),
      server: new Durations(book, Catalogue.RpcServerDuration),
    };
    this.#succeeded = { client: new Map(), server: new Map() };
  }

  /** Counts one attempt. */
  attempted(outcome: CallOutcome): void {
    let point = this.#outcomes.get(outcome);
    if (point === undefined) {
      point = this.#calls.of({ [Attribute.CallOutcome]: outcome });
      this.#outcomes.set(outcome, point);
    }
    point.value += 1;
  }

  /** Counts a runner that was looked up. */
  routed(source: RouteSource): void {
    let point = this.#sources.get(source);
    if (point === undefined) {
      point = this.#routes.of({ [Attribute.RouteSource]: source });
      this.#sources.set(source, point);
    }
    point.value += 1;
  }

  /**
   * Records a message that has ended.
   *
   * @param method type and message, such as `cart/add`
   * @param code of a failure; also one that the actor has thrown
   */
  ended(side: CallSide, method: string, code: string | undefined, durationMs: number): void {
    const known = code === undefined ? this.#succeeded[side].get(method) : undefined;
    recordMs(known ?? this.#series(side, method, code), durationMs);
  }

  #series(side: CallSide, method: string, code: string | undefined): HistogramPoint {
    const admitted = this.#methods.admit(method);
    const status = code === undefined ? RPC_OK : this.#codes.admit(code);
    const point = this.#durations[side].of({
      [Attribute.RpcSystem]: RPC_SYSTEM,
      [Attribute.RpcMethod]: admitted,
      [Attribute.RpcStatus]: status,
      ...(code === undefined ? {} : { [Attribute.ErrorType]: status }),
    });
    // Bounded by the methods that are admitted.
    if (code === undefined && admitted === method) this.#succeeded[side].set(method, point);
    return point;
  }
}
