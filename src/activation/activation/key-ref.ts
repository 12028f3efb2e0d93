import type { WhenFull } from "../../actor/definition/messages.ts";
import type { CallOptions } from "../../actor/definition/ref.ts";
import { CellRef } from "../../actor/delivery/cell-ref.ts";
import { stopPromise } from "../../actor/delivery/self-waiting.ts";
import { noteStopWait } from "../../actor/delivery/wait-note.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import type { KeyedRef } from "../definition/keyed-ref.ts";
import type { Outboxes } from "../definition/queue-types.ts";
import { ActorOperation, type OperationResults } from "../placement/placement.ts";
import { activationOf } from "./activation.ts";
import type { KeyTarget } from "./key-target.ts";

/** The address of a key. What ends an activation does not wake one. */
export class KeyRef<Messages, Queues, Full extends WhenFull = "reject">
  extends CellRef<Messages, Full>
  implements KeyedRef<Messages, Queues, Full>
{
  constructor(target: KeyTarget, options: CallOptions | undefined) {
    super(target, options);
  }

  get key(): readonly string[] {
    return this.#target.key;
  }

  get queue(): Outboxes<Queues> {
    const target = this.#target;
    return target.type.residence.outboxes(target, KeyRef.optionsOf(this)) as Outboxes<Queues>;
  }

  override with(options: CallOptions): KeyRef<Messages, Queues, Full> {
    return super.with(options) as KeyRef<Messages, Queues, Full>; // made by `withOptions`
  }

  protected override withOptions(options: CallOptions): KeyRef<Messages, Queues, Full> {
    return new KeyRef(this.#target, options);
  }

  sleep(): Promise<void> {
    const cell = this.#target.awakeCell();
    if (cell === undefined) {
      return this.#elsewhere(ActorOperation.Sleep) ?? Promise.resolve();
    }
    const activation = activationOf(cell);
    activation.sleep(StopReason.Requested);
    return stopPromise(cell, activation.gone);
  }

  override stop(): Promise<void> {
    return this.sleep();
  }

  destroy(): Promise<void> {
    const { type, owner } = this.#target;
    return type.residence.remove(owner, () => {});
  }

  override kill(): void {
    const cell = this.#target.awakeCell();
    if (cell !== undefined) cell.kill(StopReason.Killed);
    else void this.#elsewhere(ActorOperation.Kill)?.catch(() => {}); // a kill has no result, as in one process
  }

  override whenStopped(): Promise<StopReason> {
    const cell = this.#target.awakeCell();
    if (cell === undefined) {
      const here = (): StopReason => this.#target.lastEntry?.lastReason ?? StopReason.Idle;
      return this.#elsewhere(ActorOperation.WhenStopped) ?? Promise.resolve(here());
    }
    const { promise } = cell.ensureExtras().stopped;
    return cell.isStopped ? promise : noteStopWait(cell, promise);
  }

  override whenReady(): Promise<void> {
    if (this.#target.awakeCell()?.accepting === true) return super.whenReady();
    return this.#elsewhere(ActorOperation.Wake) ?? super.whenReady();
  }

  #elsewhere<Operation extends ActorOperation>(
    operation: Operation,
  ): Promise<OperationResults[Operation]> | undefined {
    const { type, owner } = this.#target;
    return type.residence.elsewhere?.placement.perform(owner, operation);
  }

  /** Kept by the base class alone: there may be a ref for each of many actors that sleep. */
  get #target(): KeyTarget {
    return CellRef.targetOf(this) as KeyTarget; // as the constructor has it
  }

  override get [Symbol.toStringTag](): string {
    return "KeyedRef";
  }
}
