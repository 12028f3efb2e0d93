import type { StopReason } from "../../telemetry/attributes.ts";
import type { Activation } from "../activation/activation.ts";
import type { KeyedLife } from "../activation/keyed-life.ts";
import { reasonOf } from "./clean-end.ts";
import { disconnect } from "./close-route.ts";

/**
 * Runs `onDisconnect` for each connection of an activation that ends, the oldest first. Their gateways are told later,
 * when the last events and the last position are stored.
 */
export async function disconnectAll(
  activation: Activation,
  life: KeyedLife,
  reason: StopReason,
): Promise<void> {
  const { cell, connections } = activation;
  const ended = reasonOf(reason);
  for (const record of [...(connections?.records ?? [])]) {
    if (cell.isStopped) return;
    record.closing ??= ended;
    await disconnect(activation, life, record, record.closing);
  }
}
