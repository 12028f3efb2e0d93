/**
 * Stands in place of schemas in {@link ExposeOptions}: what comes from outside is passed on as it came. The limits on
 * JSON, such as its depth, still hold.
 *
 * @example
 * ```ts
 * const echo = defineKeyedActor("echo", { handlers: { say: (_c, value: unknown) => value } });
 * const actors = [expose(echo, { calls: { say: unchecked } })];
 * console.log(actors[0]?.type); // echo
 * ```
 */
export const unchecked: unique symbol = Symbol.for("limelight.unchecked");
