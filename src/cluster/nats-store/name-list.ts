import { KeepAlive } from "../../base/clock.ts";
import { compareKeys } from "../../store/contract/key-order.ts";
import type { JetStreamApi } from "../nats-client/jetstream-api.ts";
import { toToken } from "../protocol/address.ts";
import { type AttemptsParts, repeated } from "./attempts.ts";
import { keyAt, ownerAt } from "./home.ts";
import type { StreamNames } from "./streams.ts";

/** What a {@link NameList} works with. */
export interface NameListParts extends AttemptsParts {
  readonly api: Pick<JetStreamApi, "call">;
  readonly names: StreamNames;
}

/** Names of actors, `T/K`, as of one moment. */
export interface OwnerNames {
  /** Sorted as their records `m/T/K` are. */
  readonly sorted: readonly string[];
  /** Sorted as their other keys are, in which a `/` follows. */
  readonly sortedWithSlash: () => readonly string[];
  /** Names that may have no record `m/T/K`, or nothing at all any more. */
  readonly doubtful: ReadonlySet<string>;
}

/** A page of a listing goes on with names that are at most so old. */
const MAX_AGE_MS = 2_000;
/** Number of listings whose names are kept. */
const MAX_KEPT = 4;

interface KeptNames {
  readonly takenAtMs: number;
  readonly names: OwnerNames;
}

/** Subjects as the server lists them, at most 100,000 in one answer. */
interface SubjectsAnswer {
  readonly state: { readonly subjects?: Readonly<Record<string, number>> | null };
  readonly total?: number;
}

/** The names of what is stored, from the subjects of the streams. Values are not read. */
export class NameList {
  readonly #parts: NameListParts;
  readonly #kept = new Map<string, KeptNames>();

  constructor(parts: NameListParts) {
    this.#parts = parts;
  }

  /**
   * Returns the actors of a type, or all.
   *
   * @param isContinued whether a page goes on with a listing that has begun
   * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`
   */
  async owners(type: string | undefined, isContinued: boolean): Promise<OwnerNames> {
    const id = type ?? "";
    const kept = this.#kept.get(id);
    const nowMs = this.#parts.clock.monotonicMs();
    if (isContinued && kept !== undefined && nowMs - kept.takenAtMs <= MAX_AGE_MS)
      return kept.names;
    const names = await this.#read(type);
    this.#keep(id, { takenAtMs: nowMs, names });
    return names;
  }

  /**
   * Returns the keys of the index, which may have been removed.
   *
   * @param section the first segment of the keys; `undefined`: all
   * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`
   */
  async indexKeys(section: string | undefined): Promise<readonly string[]> {
    const { index } = this.#parts.names;
    const filter = section === undefined ? "index.k.>" : `index.k.${toToken(section)}.>`;
    const subjects = await this.#subjects(index, filter);
    return subjects.flatMap((subject) => keyAt(subject) ?? []).sort(compareKeys);
  }

  /**
   * Returns the names of the notes, which may have been removed.
   *
   * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`
   */
  async noteNames(): Promise<readonly string[]> {
    const subjects = await this.#subjects(this.#parts.names.index, "index.x.>");
    return subjects.flatMap((subject) => ownerAt(subject) ?? []);
  }

  /**
   * Returns the actors that may have no record `m/T/K`.
   *
   * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`
   */
  async notedOwners(): Promise<OwnerNames> {
    const names = await this.noteNames();
    return ownerNames(names.toSorted(compareKeys), names);
  }

  async #read(type: string | undefined): Promise<OwnerNames> {
    const { records, index } = this.#parts.names;
    const rest = type === undefined ? ">" : `${toToken(type)}.>`;
    // Notes are written before a record is removed, and removed after it: read first, they miss none of its names.
    const notes = await this.#subjects(index, `index.x.${rest}`);
    const subjects = await this.#subjects(records, `records.${rest}`);
    const sorted = subjects.flatMap((subject) => ownerAt(subject) ?? []).sort(compareKeys);
    return ownerNames(
      sorted,
      notes.flatMap((subject) => ownerAt(subject) ?? []),
    );
  }

  #keep(id: string, kept: KeptNames): void {
    this.#kept.delete(id);
    this.#kept.set(id, kept);
    const forget = (): void => {
      if (this.#kept.get(id) === kept) this.#kept.delete(id);
    };
    this.#parts.clock.schedule(forget, MAX_AGE_MS, KeepAlive.No);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) return;
      this.#kept.delete(oldest);
    }
  }

  /** Returns the subjects that match a filter; both without the prefix. */
  #subjects(stream: string, filter: string): Promise<string[]> {
    return repeated(this.#parts, filter, ({ timeoutMs }) => this.#pages(stream, filter, timeoutMs));
  }

  async #pages(stream: string, filter: string, timeoutMs: number): Promise<string[]> {
    const { prefix } = this.#parts.names;
    const found = new Set<string>();
    let offset = 0;
    for (;;) {
      const { state, total = 0 } = await this.#parts.api.call<SubjectsAnswer>(
        `STREAM.INFO.${stream}`,
        { subjects_filter: `${prefix}${filter}`, offset },
        timeoutMs,
      );
      const subjects = Object.keys(state.subjects ?? {});
      for (const subject of subjects) found.add(subject.slice(prefix.length));
      // Subjects that were removed meanwhile have moved the next ones forward: pages overlap.
      offset += subjects.length - Math.min(OVERLAP, subjects.length - 1);
      if (subjects.length <= OVERLAP || offset + OVERLAP >= total) return [...found];
    }
  }
}

/** @param sorted as their records are */
function ownerNames(sorted: readonly string[], doubtful: readonly string[]): OwnerNames {
  let withSlash: readonly string[] | undefined;
  return {
    sorted,
    sortedWithSlash: () => {
      withSlash ??= sorted.toSorted((one, other) => compareKeys(`${one}/`, `${other}/`));
      return withSlash;
    },
    doubtful: new Set(doubtful),
  };
}

/** Subjects that two pages have in common. */
const OVERLAP = 1_000;
