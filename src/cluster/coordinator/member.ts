import type { EvictionReason } from "../../telemetry/cluster-attributes.ts";
import type { Candidate } from "../decisions/choose.ts";
import { Standing } from "../decisions/standing.ts";
import {
  type Heartbeat,
  type RunnerRecord,
  RunnerStatus,
  type ServedType,
} from "../protocol/runner-record.ts";

/** A runner as the coordinator knows it. */
export class Member implements Candidate {
  readonly runnerId: string;
  readonly #loadOf: (runnerId: string) => number;
  record: RunnerRecord;
  revision: number;
  types: ReadonlyMap<string, ServedType>;
  beat: Heartbeat | undefined;
  /** When its lease was last seen to be written, on the monotonic clock; for a lease that was there before, the term's start. */
  seenAtMs: number;
  /** Whether a heartbeat has come in this term. What a watch begins with may be of a runner that has died since. */
  hasBeaten = false;
  /** Whether the watch has told that the lease is gone. */
  isMissed = false;
  /** Reads in a row that have not found its lease. */
  absences = 0;
  readonly standing: Standing = new Standing();
  /** Why it is given actors only if no other runner can take them. */
  evictedFor: EvictionReason | undefined;

  /** @param loadOf returns the number of actors that are placed on a runner */
  constructor(
    { record, revision }: { readonly record: RunnerRecord; readonly revision: number },
    nowMs: number,
    loadOf: (runnerId: string) => number,
  ) {
    this.runnerId = record.runnerId;
    this.record = record;
    this.revision = revision;
    this.types = byName(record.types);
    this.seenAtMs = nowMs;
    this.#loadOf = loadOf;
  }

  get status(): RunnerStatus {
    return this.record.status;
  }

  /** Takes its record as it was read or written. */
  know(record: RunnerRecord, revision: number): void {
    this.record = record;
    this.revision = revision;
    this.types = byName(record.types);
  }

  get protocol(): RunnerRecord["protocol"] {
    return this.record.protocol;
  }

  get labels(): RunnerRecord["labels"] {
    return this.record.labels;
  }

  get capacity(): number | undefined {
    return this.record.capacity;
  }

  /** Placements say more than heartbeats: they count what is on its way, too. */
  get load(): number {
    return this.#loadOf(this.runnerId);
  }

  /** Its last heartbeat, whenever that was. */
  told(beat: Heartbeat): void {
    this.beat = beat;
    this.standing.scored(beat.healthScore);
  }

  get isEvicted(): boolean {
    return this.evictedFor !== undefined;
  }

  /** Whether its actors are to be placed elsewhere. */
  get isGone(): boolean {
    return this.status === RunnerStatus.Lost || this.status === RunnerStatus.Left;
  }
}

function byName(types: readonly ServedType[]): ReadonlyMap<string, ServedType> {
  return new Map(types.map((type) => [type.name, type]));
}
