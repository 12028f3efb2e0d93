import type { StopReason } from "../../telemetry/attributes.ts";
import type { Activation } from "../activation/activation.ts";
import type { KeyedLife } from "../activation/keyed-life.ts";
import { reasonOf } from "./clean-end.ts";
import { disconnect } from "./close-route.ts";

/**
 * Runs `onDisconnect` for each connection of an activation that ends, the oldest first. Their gateways are told later,
 * when the last events and the last position are stored. The hooks have half of the time that is left: an activation
 * that is killed stores nothing more. Connections whose turn has not come by then end without their hook.
 */
export async function disconnectAll(
  activation: Activation,
  life: KeyedLife,
  reason: StopReason,
): Promise<void> {
  const { cell, connections } = activation;
  const ended = reasonOf(reason);
  const { system, settings } = cell.type;
  const nowMs = system.clock.monotonicMs();
  const untilMs = nowMs + Math.min(settings.stopDeadlineMs, system.killAtMs - nowMs) / 2;
  const records = [...(connections?.records ?? [])];
  for (const [at, record] of records.entries()) {
    if (cell.isStopped) return;
    if (at > 0 && system.clock.monotonicMs() >= untilMs) {
      const fields = { target_id: cell.actorId, connections: records.length - at };
      const text = "no time for onDisconnect of all connections";
      system.warn("actor.disconnects.cut", cell.type.name, fields, text);
      return;
    }
    record.closing ??= ended;
    await disconnect(activation, life, record, record.closing);
  }
}
