import { SpanKind } from "@opentelemetry/api";
import { write } from "../../actor/lifecycle/logging.ts";
import { requireRuntime } from "../../actor/system/create-runtime.ts";
import { withSpan } from "../../telemetry/traces/with-span.ts";
import type { DeadLetterAction } from "../../wire/cluster.ts";
import type { MonitoredSystem } from "../monitored-system.ts";
import { clusterViewsOf } from "./cluster-views.ts";

/**
 * Performs an external operation on a dead letter of a cluster, in its own span and with a log line.
 *
 * @returns false when there is no such dead letter
 * @throws {@link ClusterError} the error of the engine
 */
export async function operateOnDeadLetter(
  system: MonitoredSystem,
  { id, action }: Pick<DeadLetterAction, "id" | "action">,
): Promise<boolean> {
  const views = clusterViewsOf(system);
  if (views === undefined) return false;
  const { logger } = requireRuntime(system);
  const fields = { event: "console.action", action, dead_letter_id: id };
  const work = async (): Promise<boolean> => {
    try {
      const isDone = await (action === "resend_dead_letter" ? views.resend(id) : views.discard(id));
      if (isDone) write(logger, "info", fields, "action taken through the console");
      return isDone;
    } catch (err) {
      write(logger, "warn", { ...fields, err }, "action through the console failed");
      throw err;
    }
  };
  return await withSpan(`console ${action}`, work, { kind: SpanKind.INTERNAL, root: true });
}
