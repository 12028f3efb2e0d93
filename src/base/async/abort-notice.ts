/**
 * The part of an `AbortSignal` that the runtime uses. Making a signal takes longer than most of what a request needs, so
 * something cheaper can take its place where the runtime makes it itself.
 */
export interface AbortNotice {
  /** Whether it was aborted. */
  readonly aborted: boolean;
  /** Why, if it was. */
  readonly reason: unknown;
  /** Calls `listener` when it is aborted; not if it was before. */
  addEventListener(
    type: "abort",
    listener: () => void,
    options?: { readonly once?: boolean },
  ): void;
  /** Takes back what {@link AbortNotice.addEventListener} was given. */
  removeEventListener(type: "abort", listener: () => void): void;
}
