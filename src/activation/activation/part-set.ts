import { log } from "../../actor/lifecycle/logging.ts";
import { inTurn } from "../../base/async/in-turn.ts";
import type { Activation } from "./activation.ts";
import { type LifePart, PART_NAMES, type PartName } from "./life-part.ts";

/**
 * The parts of one life. Those that have something to do in its start are made with it; the others when code asks for
 * them, since most actors use few of them.
 */
export class PartSet implements Iterable<LifePart<unknown>> {
  readonly #activation: Activation;
  readonly #parts = new Map<PartName, LifePart<unknown>>();
  #closed = false;

  constructor(activation: Activation) {
    this.#activation = activation;
  }

  /** Makes the parts that the start needs, from what was loaded. */
  open(): void {
    const { parts: factories } = this.#activation.type.residence;
    for (const name of PART_NAMES) {
      if (factories[name]?.isNeeded(this.#activation) === true) this.get(name);
    }
  }

  /** Returns a part, which is made now if it was not used yet; `undefined` if there is none of this name. */
  get(name: PartName): LifePart<unknown> | undefined {
    const made = this.#parts.get(name);
    if (made !== undefined) return made;
    const part = this.#activation.type.residence.parts[name]?.create(this.#activation);
    if (part === undefined) return undefined;
    this.#parts.set(name, part);
    if (this.#closed) void part.close(); // it has nothing to wait for: it was never used
    return part;
  }

  /** Returns a part if it was made. */
  getIfMade(name: PartName): LifePart<unknown> | undefined {
    return this.#parts.get(name);
  }

  /** The parts that were made. */
  [Symbol.iterator](): Iterator<LifePart<unknown>> {
    return this.#parts.values();
  }

  /** Closes the parts, unless that has been done. A part that cannot be closed does not prevent the others. */
  close(): Promise<void> | undefined {
    if (this.#closed) return undefined;
    this.#closed = true;
    return inTurn(
      [...this.#parts].map(
        ([name, part]) =>
          () =>
            this.#close(name, part),
      ),
    );
  }

  #close(name: PartName, part: LifePart<unknown>): Promise<void> | undefined {
    try {
      return part.close()?.catch((err: unknown) => this.#failed(name, err)) ?? undefined;
    } catch (err) {
      this.#failed(name, err);
      return undefined;
    }
  }

  #failed(part: PartName, err: unknown): void {
    const fields = { event: "actor.failed", phase: "stop", part, err };
    log(this.#activation.cell, "error", fields, "part of an actor could not be closed");
  }
}
