/** The type of a value after its way through JSON, which has no functions, maps, sets and `bigint`s. */
export type Wire<Value> = unknown extends Value
  ? Value
  : Value extends string | number | boolean | null
    ? Value
    : Value extends undefined
      ? undefined
      : Value extends bigint | symbol | ((...args: never[]) => unknown)
        ? never
        : Value extends { toJSON(): infer Json }
          ? Wire<Json>
          : Value extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
            ? never
            : Value extends readonly unknown[]
              ? { readonly [At in keyof Value]: Wire<Value[At]> }
              : { readonly [Name in keyof Value]: Wire<Value[Name]> };
