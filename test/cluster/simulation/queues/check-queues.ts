import type { Violation } from "../checker.ts";
import type { Accepted, Operation } from "../history.ts";
import { operationOf, type QueueOp, QueueStep, readQueueOp } from "./queue-ops.ts";

/** What of a history the rules for queues need. */
export interface QueueFacts {
  readonly accepted: readonly Accepted[];
  readonly operations: readonly Operation[];
}

/**
 * A message that was accepted is handled; its effect is there once; each actor handles its messages in the order in which it
 * has taken them; and what may have been accepted is not sent again unless its sender does so.
 */
export function* checkQueues({ accepted, operations }: QueueFacts): Generator<Violation> {
  const last = new Map<string, Accepted>();
  for (const write of accepted) last.set(write.address, write);
  const done = new Map<string, ReadonlySet<string>>();
  for (const [address, { ops }] of last) {
    const steps = ops.map(readQueueOp).filter((step) => step !== undefined);
    yield* checkSteps(address, steps);
    done.set(address, new Set(textsOf(steps, QueueStep.Done)));
  }
  for (const { id, address, kind, outcome, isStored } of operations) {
    if (kind !== "send" && kind !== "send_wait") continue;
    const isAccepted = outcome === "ok" || isStored;
    if (!isAccepted || done.get(address)?.has(id) === true) continue;
    yield { rule: "queue_lost", text: `${address}: ${id} was accepted, and never handled` };
  }
}

function* checkSteps(address: string, steps: readonly QueueOp[]): Generator<Violation> {
  const taken = textsOf(steps, QueueStep.Taken);
  if (new Set(taken).size < taken.length) {
    yield { rule: "sent_twice", text: `${address}: one attempt to send a message was taken twice` };
  }
  const effects = textsOf(steps, QueueStep.Done);
  if (new Set(effects).size < effects.length) {
    yield { rule: "queue_twice", text: `${address}: a message has had its effect twice` };
  }
  const waiting: QueueOp[] = [];
  for (const { step, number, text } of steps) {
    if (step === QueueStep.Taken) {
      waiting.push({ step, number, text });
      continue;
    }
    const oldest = waiting.shift();
    if (oldest?.number === number && operationOf(oldest.text) === text) continue;
    const before = oldest === undefined ? "none waited" : `${oldest.number} waited`;
    yield { rule: "queue_order", text: `${address}: message ${number} was handled, and ${before}` };
    return;
  }
}

function textsOf(steps: readonly QueueOp[], wanted: QueueStep): string[] {
  return steps.filter(({ step }) => step === wanted).map(({ text }) => text);
}
