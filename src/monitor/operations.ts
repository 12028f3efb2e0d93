import { type Attributes, SpanKind } from "@opentelemetry/api";
import type { ActorCell } from "../actor/cell/cell.ts";
import { CellRef } from "../actor/delivery/cell-ref.ts";
import { unknownMessageError } from "../actor/delivery/unknown-message.ts";
import { write } from "../actor/lifecycle/logging.ts";
import { requireRuntime } from "../actor/system/create-runtime.ts";
import { restartOnRequest } from "../actor/system/operating.ts";
import { Attribute, StopReason } from "../telemetry/attributes.ts";
import { withSpan } from "../telemetry/traces/with-span.ts";
import type { ActorRow } from "../wire/snapshot.ts";
import type { MonitoredSystem } from "./monitored-system.ts";
import { findCell } from "./system-access.ts";

/** An external operation on an actor. */
export type Operation =
  | { readonly action: "stop" | "restart" | "kill"; readonly id: string }
  | {
      readonly action: "send";
      readonly id: string;
      readonly messageType: string;
      readonly args: readonly unknown[];
    };

/** How long a sent message waits for room in a full mailbox. */
const SEND_TIMEOUT_MS = 5_000;

type Tells = Readonly<Record<string, (...args: readonly unknown[]) => void | Promise<void>>>;

/**
 * Performs an external operation on an actor, in its own span and with a log line. Ends and restarts are
 * requested, not awaited.
 *
 * @returns the state of the actor afterwards; `undefined` when the system has no such actor
 * @throws {@link LimelightError} `ERR_ACTOR_STOPPED` for a restart
 * @throws {@link DeliveryError} `ERR_UNKNOWN_MESSAGE`, `ERR_MAILBOX_FULL`, `ERR_ABORTED`
 */
export async function operate(
  system: MonitoredSystem,
  operation: Operation,
): Promise<ActorRow["state"] | undefined> {
  const cell = findCell(system, operation.id);
  if (cell === undefined) return undefined;
  const { logger } = requireRuntime(system);
  const { action } = operation;
  const message = operation.action === "send" ? { message_type: operation.messageType } : {};
  const fields = { event: "console.action", action, target_id: cell.actorId, ...message };
  const work = async (): Promise<void> => {
    try {
      await carryOut(cell, operation);
      write(logger, "info", fields, "action taken through the console");
    } catch (err) {
      write(logger, "warn", { ...fields, err }, "action through the console failed");
      throw err;
    }
  };
  const attributes = attributesOf(cell, operation);
  await withSpan(`console ${action}`, work, { kind: SpanKind.INTERNAL, root: true, attributes });
  return cell.state;
}

function attributesOf({ actorId, actorType }: ActorCell, operation: Operation): Attributes {
  return {
    [Attribute.ActorId]: actorId,
    [Attribute.ActorType]: actorType,
    ...(operation.action === "send" ? { [Attribute.MessageType]: operation.messageType } : {}),
  };
}

async function carryOut(cell: ActorCell, operation: Operation): Promise<void> {
  switch (operation.action) {
    case "stop":
      return cell.drainAndStop(cell.type.requestedStop);
    case "restart":
      return restartOnRequest(cell);
    case "kill":
      return cell.kill(StopReason.Killed);
    case "send":
      return await send(cell, operation.messageType, operation.args);
  }
}

/** Rejects unknown names itself: they must not count as dead letters, which are losses of the application. */
async function send(cell: ActorCell, messageType: string, args: readonly unknown[]): Promise<void> {
  const { type } = cell;
  if (!type.tells.has(messageType)) {
    const known = [...type.tells.keys()].join(", ");
    throw unknownMessageError(cell, messageType, `; there is ${known}`);
  }
  const tells = new CellRef(cell, { timeoutMs: SEND_TIMEOUT_MS }).tell as Tells;
  await tells[messageType]?.(...args);
}
