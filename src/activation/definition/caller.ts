/**
 * Who a request from outside comes from, as the option `auth` of the gateway has returned it. At most 4 KiB as JSON.
 */
export interface Caller {
  /** Not empty. On log lines and spans of its requests only if the gateway has `logCallers`. */
  readonly id: string;
  /** Default: none. */
  readonly roles?: readonly string[];
  /** Anything else that access is decided by. Default: none. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** When it ends, in milliseconds since the epoch; sockets of the caller are closed then. Default: never. */
  readonly expiresAtMs?: number;
}
