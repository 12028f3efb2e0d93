import { messages, type SubjectEntry } from "../catalogue.ts";
import { WorkId } from "../works/work.ts";
import type { Effort, Measurement } from "./measure.ts";

/** Below this many messages a share of 1 % is too uncertain to judge. */
const ENOUGH_MESSAGES = 20_000;

/**
 * Refuses a measurement of a mode that was not on.
 *
 * @throws Error that says what was expected and what was seen
 */
export function demandProof(
  { proof }: SubjectEntry,
  work: WorkId,
  { ops, spansPerOp = 0, metricSeries = 0 }: Measurement,
  { repetitions }: Effort,
): void {
  if (proof === undefined || !messages.includes(work)) return;
  const [least, most] = proof.spansPerMessage ?? [0, 0];
  // A rally of ping-pong is sampled as a whole, so its share is uncertain for much longer.
  const uncertain = ops * repetitions < ENOUGH_MESSAGES || work === WorkId.PingPong;
  const isShare = least > 0 && least < 1;
  if ((spansPerOp < least || spansPerOp > most) && !(isShare && uncertain)) {
    throw new Error(`${spansPerOp} recorded spans a message, expected ${least} to ${most}`);
  }
  if (proof.metrics === true && metricSeries === 0) {
    throw new Error("no metric with data came out, although metrics should be on");
  }
}
