import type { MessageSpanNames } from "../../telemetry/actor-tracing.ts";
import { MessageKind } from "../../telemetry/attributes.ts";
import type { MessageSeries } from "../../telemetry/message-series.ts";
import type { TypeMetrics } from "../../telemetry/type-metrics.ts";

/** A handler with its state unknown: inside the runtime all states are. */
export type AnyHandler = (c: unknown, ...args: unknown[]) => unknown;

/** A handler that takes this long weighs one more. */
const UNIT_MS = 0.02;
const MAX_WEIGHT = 255;

/** What a route is made of. */
export interface RouteParts {
  readonly actorType: string;
  readonly messageType: string;
  readonly kind: MessageKind;
  readonly handler: AnyHandler;
  readonly metrics: TypeMetrics;
}

/**
 * A tell that needs no envelope, as it lies in a mailbox: its route, and how many arguments follow. All
 * tells of a route with as many arguments share one, so that sending makes no object.
 */
export class BareTell {
  readonly route: Route;
  /** Slots that its arguments take in a mailbox. */
  readonly slots: number;

  constructor(route: Route, slots: number) {
    this.route = route;
    this.slots = slots;
  }
}

/** One message of one actor type, sent in one way: all that its envelopes have in common. */
export class Route implements MessageSpanNames {
  readonly actorType: string;
  readonly messageType: string;
  readonly kind: MessageKind;
  readonly handler: AnyHandler;
  readonly handlerName: string;
  readonly askName: string;
  /** What stands for its tells in mailboxes, by number of arguments. */
  readonly bareTells: readonly [BareTell, BareTell, BareTell];
  /**
   * How many fast messages one of this route weighs, by the last time measured. The dispatcher looks at
   * its clock after so much weight, so that slow handlers do not keep timers waiting.
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

  /** Its counts and times; there from the first message on, so that unused kinds make no series. */
  get series(): MessageSeries {
    this.#series ??= this.#metrics.message(this.messageType, this.kind);
    return this.#series;
  }

  /** Learns from a measured message. */
  recordProcessTime(processMs: number): void {
    this.weight = 1 + Math.min(MAX_WEIGHT, Math.floor(processMs / UNIT_MS));
  }

  get isAsk(): boolean {
    return this.kind === MessageKind.Ask;
  }
}
