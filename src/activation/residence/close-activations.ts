import { settlesWithin } from "../../actor/lifecycle/dependants.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { toError } from "../../base/errors.ts";
import type { Activations } from "./activations.ts";

/** The store gets at least this long, also when the actors have used up the deadline of the shutdown. */
const AT_LEAST_MS = 1_000;

/**
 * Closes the store of a system whose actors have ended. Never rejects, and waits no longer than what is left of the
 * shutdown's deadline: a store may never answer. It is closed then all the same, so that it gives up in its own time
 * and does not keep the process running.
 */
export async function closeActivations(
  activations: Activations,
  system: SystemRuntime,
  spentMs: number,
): Promise<void> {
  let error: Error | undefined;
  const closed = closeAll(activations).catch((thrown: unknown) => {
    error = toError(thrown);
  });
  const leftMs = Math.max(AT_LEAST_MS, system.shutdownDeadlineMs - spentMs);
  const inTime = await settlesWithin(closed, leftMs, system.clock);
  if (inTime && error === undefined) return;
  if (!inTime) void closeStore(activations).catch(() => {}); // the same is reported below
  const fields = error === undefined ? {} : { err: error };
  system.warn("actor.store.not_closed", "", fields, "the store was not closed");
}

async function closeAll(activations: Activations): Promise<void> {
  await activations.whenEnded();
  await closeStore(activations);
}

/** Both can be closed more than once. */
async function closeStore({ databases, saves, storeIfAny }: Activations): Promise<void> {
  saves.watch.close();
  await databases.close();
  await storeIfAny?.close();
}
