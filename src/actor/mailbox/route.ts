import { MessageKind } from "../../telemetry/attributes.ts";
import type { MessageSeries } from "../../telemetry/metrics/message-series.ts";
import type { TypeMetrics } from "../../telemetry/metrics/type-metrics.ts";
import type { MessageSpanNames } from "../../telemetry/traces/actor-tracing.ts";

/** A handler with an unknown state, as used inside the runtime. */
export type AnyHandler = (c: unknown, ...args: unknown[]) => unknown;

/** Handling time that adds one to the weight of a message. */
const UNIT_MS = 0.02;
const MAX_WEIGHT = 255;

/** Parts of a {@link Route}. */
export interface RouteParts {
  readonly actorType: string;
  readonly messageType: string;
  readonly kind: MessageKind;
  readonly handler: AnyHandler;
  readonly metrics: TypeMetrics;
}

/**
 * A tell without an envelope, as stored in a mailbox: its route and the number of arguments that follow. All
 * tells of a route with the same number of arguments share one object, so sending allocates nothing.
 */
export class BareTell {
  readonly route: Route;
  /** Number of mailbox slots for its arguments. */
  readonly slots: number;

  constructor(route: Route, slots: number) {
    this.route = route;
    this.slots = slots;
  }
}

/** One message of one actor type in one way of sending: the part its envelopes share. */
export class Route implements MessageSpanNames {
  readonly actorType: string;
  readonly messageType: string;
  readonly kind: MessageKind;
  readonly handler: AnyHandler;
  readonly handlerName: string;
  readonly askName: string;
  /** The shared forms of its tells in mailboxes, by number of arguments. */
  readonly bareTells: readonly [BareTell, BareTell, BareTell];
  /**
   * The weight of a message of this route in fast messages, from the last measured time. The dispatcher reads
   * its clock after a certain total weight, so that slow handlers do not delay timers.
   */
  weight = 1;
  readonly #metrics: TypeMetrics;
  #series: MessageSeries | undefined = undefined;

  constructor({ actorType, messageType, kind, handler, metrics }: RouteParts) {
    this.actorType = actorType;
    this.messageType = messageType;
    this.kind = kind;
    this.handler = handler;
    this.handlerName = `${actorType}.${messageType}`;
    this.askName = `ask ${actorType}.${messageType}`;
    this.bareTells = [new BareTell(this, 0), new BareTell(this, 1), new BareTell(this, 2)];
    this.#metrics = metrics;
  }

  /** Its counts and times. Created with the first message, so that unused messages have no series. */
  get series(): MessageSeries {
    this.#series ??= this.#metrics.message(this.messageType, this.kind);
    return this.#series;
  }

  /** Updates the weight from a measured message. */
  recordProcessTime(processMs: number): void {
    this.weight = 1 + Math.min(MAX_WEIGHT, Math.floor(processMs / UNIT_MS));
  }

  get isAsk(): boolean {
    return this.kind === MessageKind.Ask;
  }
}
