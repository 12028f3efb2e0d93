import type { Activation } from "../../activation/activation/activation.ts";
import { StoragePhase } from "../../telemetry/attributes.ts";
import type { StartupRow } from "../../wire/keys.ts";
import type { Times } from "./times.ts";

/** Returns the last start or restart of an activation; `undefined` until its records have been loaded. */
export function startupRow(activation: Activation, times: Times): StartupRow | undefined {
  const { record, generation, store } = activation;
  if (record === undefined || generation === undefined) return undefined;
  const { requestedMs, totalMs, isNew = false, outcome, errorType, traceId, steps } = record;
  return {
    generation,
    requestedAtMs: times.toEpoch(requestedMs),
    durationMs: totalMs ?? times.nowMs() - requestedMs,
    isNew,
    outcome: outcome ?? null,
    errorType: errorType ?? null,
    roundTrips: store.roundTrips(StoragePhase.Starting),
    traceId: traceId ?? null,
    phases: steps.map(({ phase, owner, startedMs, durationMs, outcome: ended }) => {
      return { phase, owner, startMs: startedMs, durationMs, outcome: ended };
    }),
  };
}
