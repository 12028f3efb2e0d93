import { ErrorCode, UsageError } from "../../base/errors.ts";
import { type ExposedType, requireExposed } from "./expose.ts";

/** What a gateway reaches, by the name of the type. */
export class ExposedTypes implements Iterable<ExposedType> {
  readonly #types = new Map<string, ExposedType>();

  /**
   * @param exposed what {@link expose} returned
   * @throws {@link UsageError} `ERR_INVALID_OPTION` for anything else, and for a type that is exposed twice
   */
  constructor(exposed: readonly unknown[]) {
    if (!Array.isArray(exposed)) requireExposed(undefined);
    for (const value of exposed) {
      const one = requireExposed(value);
      if (this.#types.has(one.type)) {
        throw new UsageError(`${one.type} is exposed twice by one gateway`, {
          code: ErrorCode.InvalidOption,
        });
      }
      this.#types.set(one.type, one);
    }
  }

  /** Returns the type of this name, which may be any text. */
  get(type: string): ExposedType | undefined {
    return this.#types.get(type);
  }

  /** In the order in which they were given. */
  [Symbol.iterator](): Iterator<ExposedType> {
    return this.#types.values();
  }
}
