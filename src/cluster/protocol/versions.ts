import { ClusterError, ErrorCode } from "../../base/errors.ts";

/*
 * A version changes when readers of the one before would misread what is written. Optional fields may be added within a
 * version: readers ignore those that they do not know, and drop them when they write the record again. A new value of a closed set
 * needs a new version. A version is read for one minor release before it is written: so processes of two releases in a row read
 * each other in both directions, and what one has stored can be read after the other was rolled back. `min` of a range
 * is what a process writes; the negotiation refuses one that writes what a peer does not read.
 */

/** Versions of the protocol that a process speaks; both ends are included. */
export interface ProtocolRange {
  readonly min: number;
  readonly max: number;
}

/** The version that this runtime writes. */
export const PROTOCOL_VERSION = 1;

/** The versions that this runtime reads. */
export const PROTOCOL_RANGE: ProtocolRange = { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION };

/** Returns the newest version that both speak; `undefined` if there is none. */
export function commonVersion(one: ProtocolRange, other: ProtocolRange): number | undefined {
  const newest = Math.min(one.max, other.max);
  return newest >= Math.max(one.min, other.min) ? newest : undefined;
}

/**
 * Returns the newest version that all `peers` speak; that of `own` without peers.
 *
 * @param peers by their names, which the error mentions
 * @throws ClusterError `ERR_PROTOCOL_VERSION` if there is none
 */
export function negotiateVersion(
  own: ProtocolRange,
  peers: Iterable<readonly [name: string, range: ProtocolRange]>,
): number {
  let { min, max } = own;
  for (const [name, range] of peers) {
    min = Math.max(min, range.min);
    max = Math.min(max, range.max);
    if (max >= min) continue;
    throw new ClusterError(
      `${name} speaks versions ${range.min} to ${range.max} of the protocol, this process and the others ${own.min} to ${own.max}`,
      { code: ErrorCode.ProtocolVersion },
    );
  }
  return max;
}

/**
 * Checks the version of something that was received.
 *
 * @throws ClusterError `ERR_PROTOCOL_VERSION`
 */
export function requireVersion(version: number, range: ProtocolRange = PROTOCOL_RANGE): void {
  if (version >= range.min && version <= range.max) return;
  throw new ClusterError(
    `version ${version} of the protocol is not one of ${range.min} to ${range.max}`,
    { code: ErrorCode.ProtocolVersion },
  );
}
