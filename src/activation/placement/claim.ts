import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { WriteOutcome, writeOutcome } from "../../store/contract/outcomes.ts";
import {
  ABSENT,
  type Loaded,
  type LoadRequest,
  type Store,
  type StoredEntry,
  WriteKind,
  type WriteOperation,
} from "../../store/contract/store.ts";
import { decodeBirth, encodeBirth } from "../records/birth-record.ts";
import { decodeMeta, encodeMeta, type MetaRecord } from "../records/meta-record.ts";
import { birthKey, expiryKey, metaKey, type Owner } from "../records/record-keys.ts";

/** How often a claim reads again because something else has written. */
const MAX_ATTEMPTS = 10;
const NOTHING = new Uint8Array();

/**
 * The right of an activation to be the only one of its key: the generation that the placement has given it. A write
 * proves it before any code of the actor runs.
 *
 * An actor that exists is claimed in its record, of which every older activation expects another revision from then on.
 * One that does not exist has no record; it is claimed in a birth record, which the commit that creates the actor
 * removes. So what has been claimed only is no actor: nothing lists it, and a start that fails leaves none.
 */
export class Claim {
  readonly generation: number;
  /** Revision of the birth record that the first commit removes; `undefined` for an actor that exists. */
  birthRevision: number | undefined = undefined;
  /** The generation that was found in its place, if it is not the latest one; its own if nothing is stored of a later one. */
  storedGeneration: number | undefined = undefined;
  /** Whether it was written. */
  isHeld = false;
  readonly #isCurrent: () => Promise<boolean>;

  /** @param isCurrent see `StartOrder.isCurrent` */
  constructor(generation: number, isCurrent: () => Promise<boolean> = async () => true) {
    this.generation = generation;
    this.#isCurrent = isCurrent;
  }

  /** Resolves with whether the placement still gives the key to this generation. Rejects if that cannot be read. */
  isCurrent(): Promise<boolean> {
    return this.#isCurrent();
  }

  /** The actor is stored, and its birth record is removed. */
  born(): void {
    this.birthRevision = undefined;
  }
}

/** What a claim needs to know of its actor. */
export interface ClaimedActor {
  readonly owner: Owner;
  readonly store: Pick<Store, "load" | "batch">;
  readonly mustExist: boolean;
  /** Without use, after which an actor is removed. */
  readonly expireAfterMs: number;
  /** In milliseconds since the epoch. */
  now(): number;
}

/** The records of an actor that was claimed. */
export interface ClaimedRecords {
  readonly loaded: Loaded;
  /** The record as it was before the claim; `undefined` if there was none. */
  readonly former: MetaRecord | undefined;
}

/**
 * Loads the records of an actor, and writes the claim.
 *
 * If another activation has the same or a later generation, nothing is written, and `storedGeneration` says so.
 *
 * @throws the error of the store; nothing is claimed then, or it is unknown whether it is
 */
export async function claimRecords(
  claim: Claim,
  actor: ClaimedActor,
  request: LoadRequest,
): Promise<ClaimedRecords> {
  let isUnknown = false;
  for (let attempt = 1; ; attempt += 1) {
    const found = await load(actor, request);
    const { loaded, generation } = found;
    // Nothing else claims this generation: the write that was not answered has taken effect.
    if (isUnknown && generation === claim.generation) return held(claim, found);
    if (generation < claim.generation && found.meta === undefined && actor.mustExist) {
      return { loaded, former: undefined };
    }
    const later = await laterGeneration(claim, found);
    if (later !== undefined) {
      claim.storedGeneration = later;
      return { loaded, former: undefined };
    }
    try {
      return await write(claim, actor, found);
    } catch (thrown) {
      if (attempt === MAX_ATTEMPTS || !isRepeated(thrown)) throw thrown;
      isUnknown ||= !isConflict(thrown);
    }
  }
}

/** Returns the generation of an activation that has overtaken the claim; `undefined` if none has. */
async function laterGeneration(
  claim: Claim,
  { generation, meta }: Pick<Found, "generation" | "meta">,
): Promise<number | undefined> {
  if (generation >= claim.generation) return generation;
  // Where nothing is stored, nothing tells of later activations either: one may have destroyed the actor.
  return meta === undefined && !(await claim.isCurrent()) ? claim.generation : undefined;
}

/** Loads the records of an actor that restarts. If another activation has claimed them, `storedGeneration` says so. */
export async function claimedRecords(
  claim: Claim,
  actor: Pick<ClaimedActor, "owner" | "store">,
  request: LoadRequest,
): Promise<Loaded> {
  const found = await load(actor, request);
  if (found.generation === claim.generation) return held(claim, found).loaded;
  claim.storedGeneration = found.generation;
  return found.loaded;
}

/** Gives back the claim of an actor that was never stored. */
export function withdrawal(owner: Owner, birthRevision: number): WriteOperation {
  return { kind: WriteKind.Delete, key: birthKey(owner), expectedRevision: birthRevision };
}

/** What a load has found, without the birth record, which is of no concern to others. */
class Found {
  readonly loaded: Loaded;
  readonly entry: StoredEntry | undefined;
  readonly meta: MetaRecord | undefined;
  readonly birth: StoredEntry | undefined;
  /** The latest generation that was claimed; 0 if none is known. */
  readonly generation: number;

  constructor(owner: Owner, { entries, ...rest }: Loaded) {
    const [own, born] = [metaKey(owner), birthKey(owner)];
    this.loaded = { ...rest, entries: entries.filter(({ key }) => key !== born) };
    this.entry = entries.find(({ key }) => key === own);
    this.meta = this.entry === undefined ? undefined : decodeMeta(own, this.entry.value);
    this.birth = entries.find(({ key }) => key === born);
    const claimed = this.birth === undefined ? 0 : decodeBirth(born, this.birth.value).generation;
    this.generation = Math.max(this.meta?.generation ?? 0, claimed);
  }
}

async function load(
  { owner, store }: Pick<ClaimedActor, "owner" | "store">,
  request: LoadRequest,
): Promise<Found> {
  const keys = [...(request.keys ?? []), birthKey(owner)];
  return new Found(owner, await store.load({ ...request, keys }));
}

async function write(claim: Claim, actor: ClaimedActor, found: Found): Promise<ClaimedRecords> {
  const { entry, meta, birth, loaded } = found;
  const { owner, store } = actor;
  const key = metaKey(owner);
  if (entry === undefined || meta === undefined) {
    const { revision } = await store.batch([
      { kind: WriteKind.Check, key, expectedRevision: ABSENT },
      {
        kind: WriteKind.Put,
        key: birthKey(owner),
        value: encodeBirth({ generation: claim.generation }),
        expectedRevision: birth?.revision ?? ABSENT,
      },
    ]);
    claim.birthRevision = revision;
    claim.isHeld = true;
    return { loaded, former: undefined };
  }
  const next = claimedMeta(claim, actor, meta);
  const value = encodeMeta(next);
  const { revision } = await store.batch([
    { kind: WriteKind.Put, key, value, expectedRevision: entry.revision },
    ...moveExpiry(owner, meta, next),
    ...(birth === undefined ? [] : [{ kind: WriteKind.Delete, key: birth.key } as const]),
  ]);
  claim.isHeld = true;
  const entries = loaded.entries.map((each) => (each === entry ? { key, value, revision } : each));
  return { loaded: { ...loaded, entries }, former: meta };
}

/** The state keeps its version, since it is not migrated yet. */
function claimedMeta(
  { generation }: Claim,
  { expireAfterMs, now }: ClaimedActor,
  { eventsAt: _outdated, handover: _taken, expiresAtMs: _former, ...meta }: MetaRecord,
): MetaRecord {
  const usedAtMs = Math.round(now());
  const used = { ...meta, generation, usedAtMs };
  if (expireAfterMs === Number.POSITIVE_INFINITY) return used;
  return { ...used, expiresAtMs: Math.ceil(usedAtMs + expireAfterMs) };
}

/** Returns the writes that move an actor within the index of expiries. */
export function moveExpiry(
  owner: Owner,
  former: MetaRecord | undefined,
  next: MetaRecord,
): WriteOperation[] {
  const [before, after] = [former?.expiresAtMs, next.expiresAtMs];
  const operations: WriteOperation[] = [];
  if (before === after) return operations;
  if (before !== undefined) {
    operations.push({ kind: WriteKind.Delete, key: expiryKey(before, owner) });
  }
  if (after !== undefined) {
    operations.push({ kind: WriteKind.Put, key: expiryKey(after, owner), value: NOTHING });
  }
  return operations;
}

/** For a claim that was found to be in the store already. */
function held(claim: Claim, { birth, loaded, meta }: Found): ClaimedRecords {
  claim.birthRevision = meta === undefined ? birth?.revision : undefined;
  claim.isHeld = true;
  return { loaded, former: undefined };
}

/** Whether the records have to be read again after this error of a write. */
function isRepeated(thrown: unknown): boolean {
  return isConflict(thrown) || writeOutcome(thrown) === WriteOutcome.Unknown;
}

function isConflict(thrown: unknown): boolean {
  return LimelightError.is(thrown) && thrown.code === ErrorCode.StoreConflict;
}
