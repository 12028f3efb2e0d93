/**
 * Close codes of a gateway's sockets.
 *
 * @enum
 */
export const CloseCode = {
  /** The client has closed it. */
  Normal: 1000,
  /** The gateway stops. The client reconnects. */
  Drained: 1001,
  /** Not a frame of this protocol. */
  Protocol: 1002,
  /** A binary frame. */
  Binary: 1003,
  /** Text that is not UTF-8. */
  NotUtf8: 1007,
  /** A message of more than 16,384 fragments, each of which takes memory of its own. */
  Fragments: 1008,
  /** A frame larger than `frameBytes`. */
  TooLarge: 1009,
  /** An error of the gateway. */
  Internal: 1011,
  /** A limit of sockets, or the gateway cannot say who the caller is. The client reconnects after a second or more. */
  TryLater: 1013,
  /** The gateway has sent something that is not a message of the protocol. Clients cannot close a socket with 1002. */
  NoMessage: 4400,
  /** No caller, the caller's time is over, or no `hello` in time. The client reconnects once, with a new token. */
  Token: 4401,
  /** No common version of the protocol. The client does not reconnect. */
  Version: 4406,
  /** Nothing was received for too long. Clients, too, close a socket with it. */
  Silence: 4408,
  /** The client did not read fast enough. It reconnects, and gets what it missed or is told of it. */
  Slow: 4420,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];
