import { ErrorCode, errorType, LimelightError, toError } from "../../base/errors.ts";
import { ignoreRejection, isThenable, toPromise } from "../../base/foreign-value.ts";
import { HandoverOutcome } from "../../telemetry/handover-outcome.ts";
import type { Activation } from "../activation/activation.ts";
import type { Handover, MetaRecord } from "../records/meta-record.ts";
import { storableText } from "../records/state-text.ts";

/*
 * What an activation that moves gives to the next one from its memory. It is part of the record from the last commit of the one
 * until the claim of the other. Whatever fails, the next activation begins as after any other end: with what is stored.
 */

/** Maximum size of it as JSON, in bytes of UTF-8. The record of the actor contains it. */
const MAX_HANDOVER_BYTES: number = 64 * 1024;
/** How long it counts: what was in memory then has nothing to do with an actor that starts much later. */
const KEPT_MS = 60_000;

/** Keeps what `onHandOver` of the definition has returned, for the last commit. Never throws. */
export function pack(activation: Activation, handOver: () => unknown): void {
  try {
    const value = handOver();
    if (value === undefined) return;
    if (isThenable(value)) {
      ignoreRejection(value);
      const text = "`onHandOver` has returned a promise; it is synchronous";
      throw new LimelightError(text, { code: ErrorCode.StateInvalid });
    }
    const rules = { root: "onHandOver", maxBytes: MAX_HANDOVER_BYTES };
    activation.packed = storableText(value, rules).text;
  } catch (thrown) {
    report(activation, HandoverOutcome.NotGiven, thrown);
  }
}

/** Stores what was kept, in a commit of its own: the state is stored by then, also if this fails. Never rejects. */
export function give(activation: Activation): Promise<void> | undefined {
  const { packed, writer, type } = activation;
  if (packed === undefined) return undefined;
  activation.isGiving = true;
  writer.touch();
  return writer.save()?.then(
    () => type.activationMetrics.handedOver(HandoverOutcome.Given),
    (thrown: unknown) => report(activation, HandoverOutcome.NotGiven, thrown),
  );
}

/** Returns what the next record contains of that. */
export function handoverOf(
  { isGiving, packed, generation = 1 }: Activation,
  atMs: number,
): Handover | undefined {
  return isGiving && packed !== undefined ? { generation, atMs, text: packed } : undefined;
}

/** Takes what the activation before has stored at its end; nothing if another one came in between, or if it is old. */
export function receive(activation: Activation, { generation, handover }: MetaRecord): void {
  const { definition, type } = activation;
  if (handover === undefined || definition.options.vars === undefined) return;
  const ageMs = Math.abs(type.system.clock.epochMs() - handover.atMs); // by two clocks
  if (handover.generation === generation && ageMs <= KEPT_MS) activation.handed = handover.text;
  else type.activationMetrics.handedOver(HandoverOutcome.Outdated);
}

/**
 * Returns what `vars` of the definition makes of that, or without it if that fails.
 *
 * @throws what `vars` throws without it
 */
export function unpack(activation: Activation, vars: (handed: unknown) => unknown): unknown {
  const { handed, type } = activation;
  activation.handed = undefined; // a restart begins without it
  if (handed === undefined) return vars(undefined);
  const taken = (made: unknown): unknown => {
    type.activationMetrics.handedOver(HandoverOutcome.Taken);
    return made;
  };
  const without = (thrown: unknown): unknown => {
    report(activation, HandoverOutcome.NotTaken, thrown);
    return vars(undefined);
  };
  let made: unknown;
  try {
    made = vars(JSON.parse(handed));
  } catch (thrown) {
    return without(thrown);
  }
  return isThenable(made) ? toPromise(made).then(taken, without) : taken(made);
}

function report({ cell, type }: Activation, outcome: HandoverOutcome, thrown: unknown): void {
  type.activationMetrics.handedOver(outcome);
  const fields = {
    target_id: cell.actorId,
    outcome,
    error_type: errorType(thrown),
    err: toError(thrown),
  };
  const text = "memory of a keyed actor was not handed over";
  type.system.warn("actor.handover.failed", type.name, fields, text);
}
