import { inTurn } from "../../base/in-turn.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import type { Activation } from "./activation.ts";
import { removeAtLast } from "./destroy.ts";
import { concludeRecords } from "./end-phases.ts";

/**
 * Ends an activation whose actor has ended: once none of its writes is under way, it no longer uses the key's records.
 *
 * @param left called then
 * @returns `undefined` if nothing was under way; never rejects
 */
export function leave(activation: Activation, left: () => void): Promise<void> | undefined {
  const { cell, writer } = activation;
  const { stopReason = StopReason.Normal } = cell;
  concludeRecords(activation, stopReason);
  if (!activation.destroying) writer.close();
  return inTurn([
    () => activation.current?.parts.close(),
    () => writer.settled(),
    () => (activation.destroying ? removeAtLast(activation) : undefined),
    () => {
      writer.close();
      activation.leave(stopReason);
      left();
    },
  ]);
}
