/**
 * The part of an `AbortSignal` that the runtime uses. Making a signal takes longer than most of what a request needs, so
 * something cheaper can take its place where the runtime makes it itself.
 */
export interface AbortNotice {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(
    type: "abort",
    listener: () => void,
    options?: { readonly once?: boolean },
  ): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
