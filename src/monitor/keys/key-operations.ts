import { SpanKind } from "@opentelemetry/api";
import { write } from "../../actor/lifecycle/logging.ts";
import { requireRuntime } from "../../actor/system/create-runtime.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { withSpan } from "../../telemetry/traces/with-span.ts";
import { keyIdOf } from "../../wire/keys.ts";
import type { MonitoredSystem } from "../monitored-system.ts";
import { type KeyOperation, keyViewsOf } from "./key-views.ts";

/**
 * Performs an external operation on a key, in its own span and with a log line.
 *
 * @returns whether the actor is in memory afterwards; `undefined` when the system has no such key, schedule,
 *   message or connection
 * @throws {@link LimelightError} the error of the start or of the store
 */
export async function operateOnKey(
  system: MonitoredSystem,
  operation: KeyOperation,
): Promise<boolean | undefined> {
  const views = keyViewsOf(system);
  if (views === undefined) return undefined;
  const { logger } = requireRuntime(system);
  const { action, type, key } = operation;
  const target = { target_id: keyIdOf(type, key), ...details(operation) };
  const fields = { event: "console.action", action, ...target };
  const work = async (): Promise<boolean | undefined> => {
    try {
      const awake = await views.perform(operation);
      if (awake !== undefined) write(logger, "info", fields, "action taken through the console");
      return awake;
    } catch (err) {
      write(logger, "warn", { ...fields, err }, "action through the console failed");
      throw err;
    }
  };
  const attributes = { [Attribute.ActorType]: type, [Attribute.ActorKey]: key };
  return await withSpan(`console ${action}`, work, {
    kind: SpanKind.INTERNAL,
    root: true,
    attributes,
  });
}

function details(operation: KeyOperation): object {
  switch (operation.action) {
    case "wake":
    case "sleep":
    case "destroy":
      return {};
    case "cancel_schedule":
    case "run_schedule":
      return { schedule_id: operation.scheduleId };
    case "close_connection":
      return { connection_id: operation.connectionId };
    case "requeue":
      return { queue: operation.queue, message_id: operation.messageId };
  }
}
