/** Holds at compile time that two types are the same, not merely assignable. */
export type Same<Left, Right> =
  (<Any>() => Any extends Left ? 1 : 2) extends <Any>() => Any extends Right ? 1 : 2 ? true : false;

/** `expectType<Same<A, B>>()` compiles only where the two are the same. */
export function expectType<_Holds extends true>(): void {}
