import type { Span } from "@opentelemetry/api";
import { Attribute } from "../../telemetry/attributes.ts";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import { finishSpan } from "../../telemetry/traces/guarded-spans.ts";
import type { Activation } from "../activation/activation.ts";
import { traceParentOf } from "../schedule/trace-parent.ts";
import { connectionPointsOf } from "./connection-points.ts";
import type { ConnectionRecord } from "./connection-record.ts";
import { EventRing, type Unnumbered } from "./event-ring.ts";
import { eventText, unknownEvent } from "./event-text.ts";
import { HeldEvent } from "./held-event.ts";
import { type Guard, Outlets } from "./outlets.ts";

/** Which connections get a broadcast. */
export type Audience = Pick<Unnumbered, "only" | "except">;

const ALONE: Audience = { only: undefined, except: undefined };

/** The events of one activation: gives each of them to the gateways once what was changed before it is stored. */
export class EventPublisher {
  readonly ring: EventRing;
  readonly outlets: Outlets = new Outlets();
  /** Whether a client may ever ask for an event: one was connected, to this activation or the one before. */
  isHeard: boolean;
  readonly #activation: Activation;
  /** Number of broadcasts that wait for a commit. */
  #pending = 0;

  constructor(activation: Activation) {
    const { definition, formerPosition, incarnation } = activation;
    this.#activation = activation;
    this.ring = new EventRing(definition.settings.replay, incarnation, formerPosition);
    this.isHeard = formerPosition !== undefined;
  }

  readonly guard: Guard = (call) => {
    try {
      call();
    } catch (error) {
      const { cell, type } = this.#activation;
      type.system.reportFault(error, cell.actorId);
    }
  };

  /** The position after everything that was broadcast so far, if all of it will be published. */
  get endPosition(): string {
    return this.ring.position(this.ring.last + this.#pending);
  }

  /**
   * Publishes an event to all who have subscribed to it.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`
   * @throws {@link LimelightError} `ERR_STATE_INVALID`, `ERR_STATE_TOO_LARGE`
   */
  broadcast(name: string, body: unknown, audience: Audience): void {
    const [event, span] = this.#create(name, body, audience, "broadcast");
    this.#pending += 1;
    const settle = (): void => {
      this.#pending -= 1;
    };
    const publish = (): void => {
      settle();
      this.ring.add(event, this.isHeard);
      connectionPointsOf(this.#activation.type).published(name);
      this.outlets.advanced(this.ring, this.guard);
    };
    this.#hold(span, publish, settle);
  }

  /** Sends an event to one connection. Throws as {@link EventPublisher.broadcast} does. */
  direct(record: ConnectionRecord, name: string, body: unknown): void {
    const [event, span] = this.#create(name, body, ALONE, "send");
    this.#hold(
      span,
      () => this.guard(() => record.direct(event)),
      () => {},
    );
  }

  /** Does something in the order of events and replies, stored or not. */
  inOrder(action: () => void): void {
    const guarded = (): void => this.guard(action);
    this.#activation.writer.holdInOrder(new HeldEvent(guarded, guarded));
  }

  #hold(span: Span | undefined, publish: () => void, dropped: () => void): void {
    const { writer } = this.#activation;
    const give = (): void => {
      publish();
      if (span !== undefined) finishSpan(span, undefined);
    };
    const drop = (error: unknown): void => {
      dropped();
      if (span !== undefined) finishSpan(span, error);
    };
    writer.holdInOrder(new HeldEvent(give, drop));
  }

  #create(
    name: string,
    body: unknown,
    audience: Audience,
    verb: string,
  ): readonly [Unnumbered, Span | undefined] {
    const { definition, type } = this.#activation;
    const settings = definition.settings.events[name];
    if (settings === undefined) throw unknownEvent(type.name, name);
    const text = eventText(name, body)?.text;
    const span = this.#span(name, verb);
    const traceparent = traceParentOf(span);
    const { whenSlow } = settings;
    return [{ event: name, body: text, traceparent, whenSlow, ...audience }, span];
  }

  /** Opens the span of an event, if that of the handler is recorded. */
  #span(name: string, verb: string): Span | undefined {
    const { cell, type } = this.#activation;
    const { tracing } = type.system;
    if (!tracing.active) return undefined;
    const active = activeContext();
    const parent = spanOf(active);
    if (parent?.isRecording() !== true) return undefined;
    const options = { produces: true, attributes: { [Attribute.EventName]: name } };
    return tracing.openOwn(`${type.name} ${verb} ${name}`, cell, active, parent, options);
  }
}
