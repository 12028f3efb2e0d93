import type { ActorType } from "../cell/actor-type.ts";

/** Definitions of one name in one system after which a warning is logged. */
export const MANY_DEFINITIONS = 200;

/**
 * The types of the definitions that a system has used.
 *
 * A type lives as long as its definition or an actor of it. Code that defines actors inside a function, for each
 * request say, therefore does not fill the memory; metrics belong to the name and outlive all types.
 */
export class ActorTypes {
  readonly #types = new WeakMap<object, ActorType>();
  /** Definitions so far, by the name that metrics show, of which there are few. */
  readonly #definitions = new Map<string, number>();

  get(definition: unknown): ActorType | undefined {
    return this.#types.get(definition as object); // `undefined` for what is no object
  }

  /** Adds the type of a further definition. Returns how many there have been of its name. */
  add(definition: object, type: ActorType): number {
    this.#types.set(definition, type);
    const name = type.metrics.type;
    const count = (this.#definitions.get(name) ?? 0) + 1;
    this.#definitions.set(name, count);
    return count;
  }
}
