import type { ActorCell } from "../../actor/cell/cell.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import type { Owner } from "../records/record-keys.ts";
import type { KeyedType } from "./keyed-type.ts";

/**
 * A key that is not asleep: an activation is starting, awake or ending, or its records are being removed. A key
 * without an entry is asleep.
 */
export class KeyEntry {
  readonly type: KeyedType;
  /** The parts of the key. */
  readonly key: readonly string[];
  readonly owner: Owner;
  /** The latest activation; `undefined` when there is none, or none yet. */
  cell: ActorCell | undefined = undefined;
  /** Why the last activation has ended. */
  lastReason: StopReason | undefined = undefined;
  readonly #onEmpty: (entry: KeyEntry) => void;
  #occupants = 0;
  #gone: Promise<unknown> | undefined;

  /** @param onEmpty called when nothing uses the key's records any more */
  constructor(
    type: KeyedType,
    key: readonly string[],
    owner: Owner,
    onEmpty: (entry: KeyEntry) => void,
  ) {
    this.type = type;
    this.key = key;
    this.owner = owner;
    this.#onEmpty = onEmpty;
  }

  /** Whether more than one activation uses the key's records or waits to: one of them is ending. */
  get shared(): boolean {
    return this.#occupants > 1;
  }

  /** Whether an activation or removal uses the key's records, or waits to. */
  get occupied(): boolean {
    return this.#occupants > 0;
  }

  /**
   * Registers what is going to use the key's records.
   *
   * @param gone resolves when it no longer uses them; never rejects
   * @returns what it has to wait for: the ends of all that came before it
   */
  occupy(gone: Promise<unknown>): Promise<unknown> | undefined {
    const before = this.#gone;
    const all = before === undefined ? gone : Promise.all([before, gone]);
    this.#gone = all;
    this.#occupants += 1;
    void all.then(() => {
      this.#occupants -= 1;
      if (this.#occupants > 0) return;
      this.#gone = undefined;
      this.#onEmpty(this);
    });
    return before;
  }
}
