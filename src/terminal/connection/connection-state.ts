/** How the connection to the console is. */
export type ConnectionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** It was there, is gone, and is tried for again. */
  | { readonly kind: "lost"; readonly reason: string; readonly retryInMs: number };
