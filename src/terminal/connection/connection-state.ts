/** State of the connection to the console. */
export type ConnectionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** The connection was lost and is retried. */
  | { readonly kind: "lost"; readonly reason: string; readonly retryInMs: number };
