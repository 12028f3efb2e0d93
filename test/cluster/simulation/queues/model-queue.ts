import { operationOf, type QueueOp, QueueStep, queueOp, readQueueOp } from "./queue-ops.ts";

/** The queue of a model of an actor, as the operations of its record have it. */
export class ModelQueue {
  /** Messages that are not done with, oldest first. */
  readonly #waiting: QueueOp[] = [];
  readonly #done = new Set<string>();
  #last = 0;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Number of the oldest message that waits. */
  get first(): number | undefined {
    return this.#waiting[0]?.number;
  }

  /** Number of the message that is taken next. */
  get next(): number {
    return this.#last + 1;
  }

  /** Returns the operation that takes a message. */
  taking(attempt: string): string {
    return queueOp({ step: QueueStep.Taken, number: this.next, text: attempt });
  }

  /** Returns the operation that handles the oldest message; `undefined` if none waits. */
  handling(): string | undefined {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return undefined;
    const text = operationOf(oldest.text);
    const step = this.#done.has(text) ? QueueStep.Repeated : QueueStep.Done;
    return queueOp({ step, number: oldest.number, text });
  }

  /** An operation is stored. */
  stored(op: string): void {
    const read = readQueueOp(op);
    if (read === undefined) return;
    const { step, number, text } = read;
    switch (step) {
      case QueueStep.Taken:
        this.#last = number;
        this.#waiting.push(read);
        break;
      case QueueStep.Done:
        this.#done.add(text);
        this.#waiting.shift();
        break;
      case QueueStep.Repeated:
        this.#waiting.shift();
    }
  }
}
