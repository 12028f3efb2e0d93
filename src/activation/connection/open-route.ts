import { takeReply } from "../../actor/delivery/replies.ts";
import { PRESENT } from "../../actor/lifecycle/life-keys.ts";
import type { Envelope } from "../../actor/mailbox/envelope.ts";
import type { PendingAsk } from "../../actor/mailbox/pending-ask.ts";
import { type AnyHandler, Route } from "../../actor/mailbox/route.ts";
import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { MessageKind } from "../../telemetry/attributes.ts";
import type { ConnectRequest, Link, Outlet } from "../access/link.ts";
import type { Activation } from "../activation/activation.ts";
import type { KeyedLife } from "../activation/keyed-life.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import { detachedOrigin, originIn } from "../definition/caller.ts";
import { DisconnectReason } from "../definition/connection-types.ts";
import { connectionsOf } from "./actor-connections.ts";
import { ConnectionOutcome, connectionPointsOf } from "./connection-points.ts";
import type { ConnectionRecord } from "./connection-record.ts";
import { HeldEvent } from "./held-event.ts";
import { OpenLink } from "./open-link.ts";

/** The name by which spans and metrics know the message. */
const MESSAGE_TYPE = "onConnect";

/** A client that wants to connect, on its way to the actor. */
class Arrival {
  readonly #request: ConnectRequest;
  readonly #outlet: Outlet;

  constructor(request: ConnectRequest, outlet: Outlet) {
    this.#request = request;
    this.#outlet = outlet;
  }

  /** Admits the connection, which exists from then on, and opens it; or throws, and then there has been none. */
  async deliver(life: KeyedLife): Promise<void> {
    const cell = life[PRESENT]();
    const activation = cell.input as Activation;
    const points = connectionPointsOf(activation.type);
    const envelope = cell.current as Envelope; // messages from outside have one
    const asked = envelope.ask as PendingAsk;
    let record: ConnectionRecord | undefined;
    try {
      const state = await this.#admit(life, envelope);
      life[PRESENT](); // an actor that was killed meanwhile has no connections
      if (asked.settled) throw givenUp(activation);
      record = this.#register(activation, envelope, state);
      const { onConnect } = activation.definition.options;
      if (onConnect !== undefined) await onConnect(life.c, record.connection);
      life[PRESENT]();
    } catch (thrown) {
      points.count(ConnectionOutcome.Refused);
      if (record !== undefined) activation.connections?.conclude(record);
      throw thrown;
    }
    const { ask } = takeReply(cell, life, "open a connection");
    if (ask !== undefined) handOver(activation, record, ask);
  }

  #admit(life: KeyedLife, { context }: Envelope): unknown {
    const { onBeforeConnect } = (life[PRESENT]().input as Activation).definition.options;
    const { caller, requestId = "" } = originIn(context) ?? {};
    return onBeforeConnect?.(life.c, { params: this.#request.params, caller, requestId });
  }

  #register(activation: Activation, envelope: Envelope, state: unknown): ConnectionRecord {
    const { cell, type } = activation;
    return connectionsOf(activation).register({
      request: this.#request,
      outlet: this.#outlet,
      caller: originIn(envelope.context)?.caller,
      state,
      openedAtMs: type.system.clock.epochMs(),
      context: detachedOrigin(envelope.context),
      span: cell.span ?? envelope.span,
    });
  }
}

/** Gives the connection to its gateway once what the hooks have changed is stored. */
function handOver(activation: Activation, record: ConnectionRecord, ask: PendingAsk): void {
  const { type, writer } = activation;
  const connections = connectionsOf(activation);
  const points = connectionPointsOf(type);
  const refuse = (error: unknown, handled: boolean): void => {
    points.count(ConnectionOutcome.Failed);
    connections.conclude(record);
    ask.reject(error, handled);
  };
  const open = (): void => {
    if (!connections.records.has(record)) {
      refuse(activation.cell.stoppedError(MESSAGE_TYPE), false); // its life has ended, and it with it
      return;
    }
    if (ask.settled) {
      points.count(ConnectionOutcome.Failed);
      void connections.closeByGateway(record, DisconnectReason.Lost); // never rejects
      return;
    }
    const link = new OpenLink(
      record,
      connections,
      Object.keys(activation.definition.settings.events),
    );
    const { gap } = link;
    const isResumed = record.request.last !== undefined && gap === undefined;
    points.count(isResumed ? ConnectionOutcome.Resumed : ConnectionOutcome.Opened);
    type.activationMetrics.connectionActive.add(1);
    record.open(() => ask.reply(link satisfies Link));
  };
  writer.holdInOrder(new HeldEvent(open, refuse));
}

function givenUp({ cell }: Activation): DeliveryError {
  const { actorId } = cell;
  const code = ErrorCode.AskTimeout;
  const text = `${actorId} was no longer waited for when it had admitted a connection`;
  return new DeliveryError(text, { code, actorId, messageType: MESSAGE_TYPE });
}

const deliver: AnyHandler = (life, arrival) => (arrival as Arrival).deliver(life as KeyedLife);

/** The route of the messages, by type. */
const routes = new WeakMap<KeyedType, Route>();

/** Returns the message with which a client connects to an actor. */
export function connectMessage(
  type: KeyedType,
  request: ConnectRequest,
  outlet: Outlet,
): { readonly route: Route; readonly args: readonly unknown[] } {
  let route = routes.get(type);
  if (route === undefined) {
    const { name: actorType, metrics } = type;
    const parts = { messageType: MESSAGE_TYPE, kind: MessageKind.Ask, handler: deliver };
    route = new Route({ actorType, metrics, ...parts });
    routes.set(type, route);
  }
  return { route, args: [new Arrival(request, outlet)] };
}
