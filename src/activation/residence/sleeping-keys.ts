import { write } from "../../actor/lifecycle/logging.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { Deferred } from "../../base/async/deferred.ts";
import type { Store } from "../../store/contract/store.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import { type Removal, removeStored } from "../activation/stored-removal.ts";
import { decodeActorKey } from "../definition/actor-key.ts";
import type { Placement } from "../placement/placement.ts";
import type { Owner } from "../records/record-keys.ts";
import { BirthSweep } from "./birth-sweep.ts";
import type { Directory } from "./directory.ts";
import { Retention } from "./retention.ts";

/** What {@link SleepingKeys} works with. */
export interface SleepingKeysParts {
  readonly system: SystemRuntime;
  readonly directory: Directory;
  /** Where the keys are, if they may be in other processes. */
  readonly placement: Placement | undefined;
  readonly store: Store;
  /** Deletes database files that are noted as garbage. */
  collect(files: readonly string[]): Promise<void>;
}

/** The use of a key's records without an activation. Wakes wait for its end. */
interface Use {
  /** Resolves when nothing else uses them any more; `undefined` if nothing does. */
  readonly before: Promise<unknown> | undefined;
  end(): void;
}

/** Removes what is stored under keys whose actors sleep, when it is asked to or when they expire. Wakes nothing. */
export class SleepingKeys {
  readonly retention: Retention;
  /** Only where there are other processes. */
  readonly #births: BirthSweep | undefined;
  readonly #parts: SleepingKeysParts;
  /** Uses that have not ended. Those of a type that is not defined yet have no entries. */
  readonly #uses = new Map<Deferred<void>, Owner>();

  constructor(parts: SleepingKeysParts) {
    const { placement, system, store } = parts;
    this.#parts = parts;
    this.retention = new Retention({
      store,
      clock: system.clock,
      take: (owner) => this.#take(owner),
      exclusively: placement && ((owner, work) => placement.exclusively(owner, work)),
      isWakeable: ({ type }) => placement !== undefined || parts.directory.type(type) !== undefined,
      removed: (owner, removal) => this.#expired(owner, removal),
      failed: (err, owner) => {
        const type = owner?.type ?? "";
        const fields = { target_type: type, err };
        system.warn("actor.retention.failed", type, fields, "expired actors could not be removed");
      },
    });
    this.#births = placement && this.#birthSweep(placement);
  }

  /** Looks for what has expired, and for what processes have left. */
  scan(): void {
    this.retention.start();
    this.#births?.start();
  }

  /** Another process does that now. */
  endScan(): void {
    this.retention.pause();
    this.#births?.pause();
  }

  /** Resolves when no removal is under way. No further one begins. Never rejects. */
  async close(): Promise<void> {
    await Promise.all([this.retention.close(), this.#births?.close()]);
  }

  #birthSweep(placement: Placement): BirthSweep {
    const { system, store } = this.#parts;
    return new BirthSweep({
      store,
      placement,
      clock: system.clock,
      removed: ({ type, keyText }) => {
        const fields = { event: "actor.claim.removed", target_id: `${type}/${keyText}` };
        write(system.logger, "debug", fields, "claim of an actor that was never created removed");
      },
      failed: (err) => {
        const fields = { target_type: "", err };
        system.warn("actor.retention.failed", "", fields, "claims that were left were not removed");
      },
    });
  }

  /** Removes everything stored under a key that has no activation. Resolves with whether there was an actor. */
  async destroy(owner: Owner): Promise<boolean> {
    const use = this.#use(owner);
    try {
      await use.before;
      const removal = await removeStored(this.#parts.store, owner);
      if (removal !== undefined) await this.#parts.collect(removal.files);
      return removal !== undefined;
    } finally {
      use.end();
    }
  }

  /** Returns `undefined` for a key that is in memory or whose records are used. */
  #take(owner: Owner): (() => void) | undefined {
    const entry = this.#parts.directory.find(owner.type, owner.keyText);
    return entry === undefined ? this.#use(owner).end : undefined;
  }

  /** Makes the wakes of a type that has just been defined wait for what is under way. */
  adopt(type: KeyedType): void {
    for (const [gone, owner] of this.#uses) {
      if (owner.type === type.name) void this.#occupy(owner, gone); // began before the type could wake anything
    }
  }

  #use(owner: Owner): Use {
    const gone = new Deferred<void>();
    const before = this.#occupy(owner, gone);
    this.#uses.set(gone, owner);
    const end = (): void => {
      this.#uses.delete(gone);
      gone.resolve();
    };
    return { before, end };
  }

  #occupy(owner: Owner, gone: Deferred<void>): Promise<unknown> | undefined {
    const { directory } = this.#parts;
    const type = directory.type(owner.type);
    // Without a definition nothing can wake the actor.
    if (type === undefined || decodeActorKey(owner.keyText) === undefined) return undefined;
    const entry = directory.ensure(type, owner);
    void gone.promise.then(() => entry.vacate());
    return entry.occupy({ gone: gone.promise });
  }

  #expired({ type, keyText }: Owner, { files }: Removal): void {
    const { system, collect } = this.#parts;
    void collect(files); // never rejects: what is left is noted in the store
    const fields = { event: "actor.expired", target_id: `${type}/${keyText}` };
    write(system.logger, "debug", fields, "expired actor removed");
  }
}
