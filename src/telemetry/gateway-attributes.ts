/* Values of attributes of requests from outside. */

/**
 * What a request to a gateway came by.
 *
 * @enum
 */
export const Transport = { Http: "http", WebSocket: "websocket" } as const;
export type Transport = (typeof Transport)[keyof typeof Transport];

/**
 * How far a socket is. `hello`: its client has not said who it is. `draining`: the gateway stops.
 *
 * @enum
 */
export const SocketState = { Hello: "hello", Open: "open", Draining: "draining" } as const;
export type SocketState = (typeof SocketState)[keyof typeof SocketState];

/**
 * Why the messages of a socket are not read. `rate`: it sends more than `framesPerSecond`. `calls`: `callsPerSocket` of
 * its calls are being answered.
 *
 * @enum
 */
export const PauseReason = { Rate: "rate", Calls: "calls" } as const;
export type PauseReason = (typeof PauseReason)[keyof typeof PauseReason];

/**
 * How the authentication of a caller ended. `failed`: `auth` threw or took too long.
 *
 * @enum
 */
export const AuthOutcome = { Ok: "ok", Refused: "refused", Failed: "failed" } as const;
export type AuthOutcome = (typeof AuthOutcome)[keyof typeof AuthOutcome];

/**
 * What has become of a client that wanted to connect to an actor.
 *
 * @enum
 */
export const ConnectionOutcome = {
  /** It is connected. */
  Opened: "opened",
  /** It is connected, and gets what it has missed since it was connected before. */
  Resumed: "resumed",
  /** A hook of the actor has refused it. */
  Refused: "refused",
  /** It was no longer waited for, or what the hooks had changed was not stored. */
  Failed: "failed",
} as const;
export type ConnectionOutcome = (typeof ConnectionOutcome)[keyof typeof ConnectionOutcome];
