import type { ActorCell } from "../../actor/cell/cell.ts";
import { CellContext } from "../../actor/cell/cell-context.ts";
import { PRESENT } from "../../actor/lifecycle/life-keys.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { awakeHolds } from "../awake/awake-report.ts";
import { keepAwake, waitUntil } from "../awake/keep-awake.ts";
import type { AwakeHold, KeyedContext } from "../definition/keyed-context.ts";
import type { AnyQueues } from "../definition/queue-types.ts";
import { type Activation, activationOf } from "./activation.ts";
import { KeyRef } from "./key-ref.ts";
import { KeyTarget } from "./key-target.ts";
import type { PartName } from "./life-part.ts";

/** The `c` of one life of a keyed actor, of whatever definition. */
export type AnyKeyedContext = KeyedContext<unknown, never, AnyQueues, unknown, never>;

/** The context of one life of a keyed actor. */
export class KeyedLife extends CellContext {
  /** What `vars` of the definition has returned for this life. */
  vars: unknown = undefined;
  readonly #cell: ActorCell;

  constructor(cell: ActorCell) {
    super(cell);
    this.#cell = cell;
  }

  /** The same object as hooks and handlers get it. */
  get c(): AnyKeyedContext {
    return this as unknown as AnyKeyedContext;
  }

  get key(): readonly string[] {
    return activationOf(this.#cell).entry.key;
  }

  get generation(): number {
    return activationOf(this.#cell).generation ?? 0;
  }

  override get self(): KeyRef<never, never> {
    const { type, entry } = activationOf(this.#cell);
    return new KeyRef(new KeyTarget(type, entry.owner, undefined), undefined);
  }

  get schedule(): unknown {
    return this.#part("schedule");
  }

  get queue(): unknown {
    return this.#part("queue");
  }

  get kv(): unknown {
    return this.#part("kv");
  }

  get db(): unknown {
    return this.#part("db");
  }

  async saveState(): Promise<void> {
    await this.#present().writer.save();
  }

  keepAwake<Value>(promise: PromiseLike<Value>): Promise<Value> {
    return keepAwake(this[PRESENT](), promise);
  }

  waitUntil(promise: PromiseLike<unknown>): void {
    waitUntil(this[PRESENT](), promise);
  }

  sleep(): void {
    this.#present().sleep(StopReason.Requested);
  }

  destroy(): void {
    this.#present().destroy();
  }

  /** Not on the public context: a keyed actor sleeps or is destroyed. */
  override stop(): void {
    this.sleep();
  }

  awakeReasons(): readonly AwakeHold[] {
    const cell = this[PRESENT]();
    return awakeHolds(cell, activationOf(cell).holds.list());
  }

  #present(): Activation {
    return activationOf(this[PRESENT]());
  }

  #part(name: PartName): unknown {
    const part = this.#present().current?.parts.get(name);
    if (part !== undefined) return part.member;
    throw new UsageError(`c.${name} of ${this.#cell.actorId} is not available`, {
      code: ErrorCode.InvalidOption,
    });
  }
}
