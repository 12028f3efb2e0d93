/** How often messages between processes and the server go wrong. Shares are probabilities from 0 to 1. */
export interface FaultRates {
  /** Bounds of the usual delay, in milliseconds. */
  readonly delayMs: readonly [from: number, to: number];
  /** Messages that take up to `slowMs`; they still keep the order of their channel. */
  readonly slow: number;
  readonly slowMs: number;
  /** Requests that come to the server long after the caller has given up: ghost writes. */
  readonly ghost: number;
  readonly ghostMs: number;
  /** Requests that never come to the server. */
  readonly lostRequest: number;
  /** Replies that never come to the caller. */
  readonly lostReply: number;
  /** Messages of the bus that are dropped. */
  readonly lostBus: number;
  /** Deliveries that come twice. */
  readonly duplicate: number;
}

/** A network that works. */
export const NO_FAULTS: FaultRates = {
  delayMs: [0.2, 1],
  slow: 0,
  slowMs: 0,
  ghost: 0,
  ghostMs: 0,
  lostRequest: 0,
  lostReply: 0,
  lostBus: 0,
  duplicate: 0,
};

/** A network in which everything goes wrong now and then. */
export const MANY_FAULTS: FaultRates = {
  delayMs: [0.2, 8],
  slow: 0.02,
  slowMs: 3_000,
  ghost: 0.01,
  ghostMs: 12_000,
  lostRequest: 0.01,
  lostReply: 0.02,
  lostBus: 0.03,
  duplicate: 0.05,
};
