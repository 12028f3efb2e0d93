/*
 * Messages of a queue in what a model of an actor has stored. Each is one operation when it is taken, and one more when it is
 * done with; so the record has the order of both, and the messages that wait are those that were taken and are not done with.
 */

/** What has become of a message of a queue. */
export const QueueStep = {
  /** It is stored. Its text names the attempt to send it. */
  Taken: "q",
  /** Its handler has had its effect. Its text is the id of the operation. */
  Done: "h",
  /** Its operation had its effect before, by another message: nothing was done. */
  Repeated: "d",
} as const;
export type QueueStep = (typeof QueueStep)[keyof typeof QueueStep];

/** An operation of a record that is about a message of the queue. */
export interface QueueOp {
  readonly step: QueueStep;
  /** Number of the message in the queue of its actor, from 1 on. */
  readonly number: number;
  readonly text: string;
}

const OP = /^([qhd])(\d+):(.+)$/;

/** Returns what an operation says of the queue; `undefined` for one that is about something else. */
export function readQueueOp(op: string): QueueOp | undefined {
  const [, step, number, text] = OP.exec(op) ?? [];
  if (step === undefined || text === undefined) return undefined;
  return { step: step as QueueStep, number: Number(number), text };
}

export function queueOp({ step, number, text }: QueueOp): string {
  return `${step}${number}:${text}`;
}

/** Names one attempt to send a message. The runtime must not repeat it once it may have been stored. */
export function attemptOf(operationId: string, attempt: number): string {
  return `${operationId}#${attempt}`;
}

/** Returns the operation of an attempt. */
export function operationOf(attempt: string): string {
  return attempt.slice(0, attempt.lastIndexOf("#"));
}
