import { accept } from "../../actor/delivery/admission.ts";
import { log } from "../../actor/lifecycle/logging.ts";
import { Envelope } from "../../actor/mailbox/envelope.ts";
import { type AnyHandler, Route } from "../../actor/mailbox/route.ts";
import { toError } from "../../base/errors.ts";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import { Attribute, MessageKind } from "../../telemetry/attributes.ts";
import { OUTSIDE } from "../../telemetry/metrics/senders.ts";
import type { Activation } from "../activation/activation.ts";
import type { KeyedLife } from "../activation/keyed-life.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import { DisconnectReason } from "../definition/connection-types.ts";
import type { ConnectionRecord } from "./connection-record.ts";

/** The message that a connection ends. It is for one activation, whose end ends the connection as well. */
export class Disconnect {
  readonly #activation: Activation;
  readonly #record: ConnectionRecord;

  constructor(activation: Activation, record: ConnectionRecord) {
    this.#activation = activation;
    this.#record = record;
  }

  async deliver(life: KeyedLife): Promise<void> {
    const { cell, connections } = this.#activation;
    if (cell.life !== life || connections === undefined) return;
    if (!connections.records.has(this.#record)) return;
    const reason = this.#record.closing ?? DisconnectReason.Lost;
    cell.span?.setAttribute(Attribute.DisconnectReason, reason);
    await disconnect(this.#activation, life, this.#record, reason);
    connections.conclude(this.#record);
  }
}

const deliver: AnyHandler = (life, message) => (message as Disconnect).deliver(life as KeyedLife);

/** The route of the messages, by type. */
const routes = new WeakMap<KeyedType, Route>();

function routeOf(type: KeyedType): Route {
  let route = routes.get(type);
  if (route === undefined) {
    const { name: actorType, metrics } = type;
    const parts = { messageType: "onDisconnect", kind: MessageKind.Signal, handler: deliver };
    route = new Route({ actorType, metrics, ...parts });
    routes.set(type, route);
  }
  return route;
}

/** Sends the message that a connection ends, regardless of the limit of the mailbox. */
export function sendDisconnect(activation: Activation, record: ConnectionRecord): void {
  const { cell, type } = activation;
  if (!cell.accepting) return; // the end of the activation is the end of the connection
  const envelope = new Envelope(routeOf(type));
  envelope.first = new Disconnect(activation, record);
  envelope.context = record.context;
  envelope.span = record.span;
  envelope.sender = OUTSIDE;
  accept(cell, envelope);
}

/** Runs the hook of a connection that ends. Its error is reported; the connection has ended all the same. */
export async function disconnect(
  activation: Activation,
  life: KeyedLife,
  record: ConnectionRecord,
  reason: DisconnectReason,
): Promise<void> {
  const { cell, definition } = activation;
  const { onDisconnect } = definition.options;
  activation.connections?.hide(record);
  try {
    // Most hooks return nothing to wait for.
    if (onDisconnect !== undefined) await onDisconnect(life.c, record.connection, reason);
  } catch (thrown) {
    const err = toError(thrown);
    cell.type.metrics.failure(FailurePhase.Stop, err);
    const fields = { event: "actor.failed", phase: FailurePhase.Stop, err };
    log(cell, "error", fields, "onDisconnect failed");
  }
}
