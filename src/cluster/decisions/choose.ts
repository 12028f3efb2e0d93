import { RunnerStatus, type ServedType } from "../protocol/runner-record.ts";
import { commonVersion, PROTOCOL_RANGE, type ProtocolRange } from "../protocol/versions.ts";

/** What the choice of a runner depends on. */
export interface Candidate {
  readonly runnerId: string;
  readonly status: RunnerStatus;
  readonly protocol: ProtocolRange;
  /** The types that it serves, by name. */
  readonly types: ReadonlyMap<string, ServedType>;
  readonly labels: Readonly<Record<string, string>>;
  /** Actors that it takes; `undefined`: no limit. */
  readonly capacity: number | undefined;
  /** Actors that are placed on it. */
  readonly load: number;
  /** Whether it is given actors only if no other runner can take them. Default `false`. */
  readonly isEvicted?: boolean;
}

/** How far the load of a runner may be above the mean, as a factor. */
export const LOAD_BOUND = 1.25;

/** What is placed. */
export interface Placeable {
  readonly address: string;
  readonly type: string;
  /** A runner that is taken only if no other fits, such as one that has not answered. */
  readonly avoid?: string | undefined;
}

/** Returns whether a runner serves a type and has the labels that the type requires, whatever its state is. */
export function serves({ types, labels }: Candidate, type: string): boolean {
  const served = types.get(type);
  if (served === undefined) return false;
  return Object.entries(served.requires ?? {}).every(
    ([label, value]) => Object.hasOwn(labels, label) && labels[label] === value,
  );
}

/** Returns whether an actor of the type can be placed on a runner now. */
export function fits(candidate: Candidate, type: string): boolean {
  const { status, protocol, capacity, load } = candidate;
  return (
    status === RunnerStatus.Ready &&
    commonVersion(PROTOCOL_RANGE, protocol) !== undefined &&
    serves(candidate, type) &&
    (capacity === undefined || load < capacity)
  );
}

/**
 * Returns the runner for an actor; `undefined` if none fits. Of those that fit, the one with the highest hash for this
 * actor whose load is at most 1.25 times the mean: rendezvous hashing with bounded loads. A runner that joins or leaves
 * changes the choice for its share of the actors only. Runners that are evicted are chosen if no other fits.
 *
 * @see {@link https://arxiv.org/abs/1608.01350 | consistent hashing with bounded loads}
 */
export function choose(
  { address, type, avoid }: Placeable,
  candidates: Iterable<Candidate>,
): Candidate | undefined {
  const fitting: Candidate[] = [];
  for (const candidate of candidates) if (fits(candidate, type)) fitting.push(candidate);
  const useful = fitting.filter(({ isEvicted }) => isEvicted !== true);
  const able = useful.length > 0 ? useful : fitting;
  const others = able.filter(({ runnerId }) => runnerId !== avoid);
  return highest(address, others.length > 0 ? others : able);
}

function highest(address: string, candidates: readonly Candidate[]): Candidate | undefined {
  let total = 1; // the actor itself
  for (const { load } of candidates) total += load;
  const bound = Math.ceil((LOAD_BOUND * total) / candidates.length);
  const own = hashOf(address);
  let best: Candidate | undefined;
  let bestScore = -1;
  for (const candidate of candidates) {
    if (candidate.load + 1 > bound) continue;
    const score = mix(own ^ hashOf(candidate.runnerId));
    if (score < bestScore) continue;
    if (score === bestScore && best !== undefined && best.runnerId < candidate.runnerId) continue;
    best = candidate;
    bestScore = score;
  }
  return best;
}

/** FNV-1a. Of ASCII texts. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  }
  return mix(hash);
}

/** Spreads the bits, as MurmurHash3 does at its end. Returns an unsigned number. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
