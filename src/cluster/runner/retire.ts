import { decodeRunner, encodeRunner } from "../codec/runner-codec.ts";
import type { EngineSession } from "../engine/engine.ts";
import { RunnerStatus } from "../protocol/runner-record.ts";
import { runnerLease } from "../protocol/subjects.ts";

/**
 * Lets others know at once that a runner id is not used any more: its record says `left`, and its lease is removed. The
 * process must have dropped all its actors. Tried once: a coordinator does the same when the lease has expired.
 *
 * Rejects as the engine does.
 */
export async function retire(
  { runners, leases }: Pick<EngineSession, "runners" | "leases">,
  runnerId: string,
  nowMs: number,
): Promise<void> {
  const entry = await runners.read(runnerId);
  if (entry !== undefined) {
    const record = decodeRunner(entry.value);
    if (record.status !== RunnerStatus.Lost && record.status !== RunnerStatus.Left) {
      const left = encodeRunner({ ...record, status: RunnerStatus.Left, changedAtMs: nowMs });
      await runners.put(runnerId, left, { expectedRevision: entry.revision });
    }
  }
  await leases.remove(runnerLease(runnerId));
}
