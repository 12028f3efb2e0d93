import { DAY_MS } from "../base/clock.ts";
import { type NumberBounds, numberOption, optionKeys, requireKnownKeys } from "../base/options.ts";

/** Limits of a gateway. What is beyond them is refused, counted and named in the error. */
export interface GatewayLimits {
  /** Of a request. Default 1 MiB. */
  readonly bodyBytes?: number;
  /** Request line and all headers. Default 16 KiB. */
  readonly headerBytes?: number;
  /** Number of headers. Default 100. */
  readonly headers?: number;
  /** Nesting of arrays and objects. Default 32. */
  readonly jsonDepth?: number;
  /** Of a reply or an event, as JSON. Default 4 MiB. */
  readonly replyBytes?: number;
  /** Requests that are being answered. Default 10,000. */
  readonly requests?: number;
  /** Of one address. Default: no limit. */
  readonly requestsPerSecond?: number;
  /** How long a call may take; clients may ask for less. Default 30,000. */
  readonly callTimeoutMs?: number;
  /** Until a request has arrived. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Default 10,000. */
  readonly sockets?: number;
  /** Default 256. */
  readonly socketsPerAddress?: number;
  /** Default 100. */
  readonly connectionsPerSocket?: number;
  /** Of a frame from a client. Default 256 KiB. */
  readonly frameBytes?: number;
  /** Of one socket, also at once; reading pauses beyond. Default 200. */
  readonly framesPerSecond?: number;
  /** Calls of one socket that are being answered; reading pauses beyond. Default 100. */
  readonly callsPerSocket?: number;
  /** What one socket has not sent yet. Default 1 MiB. */
  readonly sendBufferBytes?: number;
  /** How long authentication may take. Default 5,000. */
  readonly authTimeoutMs?: number;
  /** Wrong tokens of one address, after which it is not answered. Default 10. */
  readonly authFailuresPerMinute?: number;
  /** How long a socket may be silent; clients ping every 15 s. Default 45,000. */
  readonly silenceMs?: number;
}

/** {@link GatewayLimits} with defaults filled in; `undefined` is no limit. */
export type LimitSettings = Required<Omit<GatewayLimits, "requestsPerSecond">> & {
  readonly requestsPerSecond: number | undefined;
};

const KIB = 1_024;
const MIB = 1_048_576;
const COUNT = { min: 1, max: 1_000_000, integer: true };
const TIME = { min: 1, max: DAY_MS };
const bytes = (min: number, max: number): NumberBounds => ({ min, max, integer: true });

const DEFAULTS: Readonly<
  Record<Exclude<keyof GatewayLimits, "requestsPerSecond">, readonly [number, NumberBounds]>
> = {
  bodyBytes: [MIB, bytes(1, 256 * MIB)],
  headerBytes: [16 * KIB, bytes(KIB, MIB)],
  headers: [100, { min: 10, max: 2_000, integer: true }],
  jsonDepth: [32, { min: 1, max: 1_000, integer: true }],
  replyBytes: [4 * MIB, bytes(1, 256 * MIB)],
  requests: [10_000, COUNT],
  callTimeoutMs: [30_000, TIME],
  requestTimeoutMs: [30_000, TIME],
  sockets: [10_000, COUNT],
  socketsPerAddress: [256, COUNT],
  connectionsPerSocket: [100, COUNT],
  frameBytes: [256 * KIB, bytes(KIB, 256 * MIB)],
  framesPerSecond: [200, COUNT],
  callsPerSocket: [100, COUNT],
  sendBufferBytes: [MIB, bytes(KIB, 1_024 * MIB)],
  authTimeoutMs: [5_000, TIME],
  authFailuresPerMinute: [10, COUNT],
  silenceMs: [45_000, { min: 1_000, max: DAY_MS }],
};
const KEYS = optionKeys<GatewayLimits>({
  ...(Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, true])) as Record<
    keyof typeof DEFAULTS,
    true
  >),
  requestsPerSecond: true,
});

/** Returns the limits that differ from the defaults. */
export function changedLimits(limits: LimitSettings): GatewayLimits {
  const changed = Object.entries(limits).filter(
    ([name, value]) => value !== DEFAULTS[name as keyof typeof DEFAULTS]?.[0],
  );
  return Object.fromEntries(changed);
}

/**
 * Returns the checked limits with defaults filled in.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function settleLimits(limits: GatewayLimits = {}): LimitSettings {
  requireKnownKeys("`limits`", limits, KEYS);
  const settled = Object.entries(DEFAULTS).map(([name, [fallback, bounds]]) => [
    name,
    numberOption(`limits.${name}`, limits[name as keyof typeof DEFAULTS], fallback, bounds),
  ]);
  const { requestsPerSecond } = limits;
  return {
    ...(Object.fromEntries(settled) as Record<keyof typeof DEFAULTS, number>),
    requestsPerSecond:
      requestsPerSecond === undefined
        ? undefined
        : numberOption("limits.requestsPerSecond", requestsPerSecond, 1, COUNT),
  };
}
