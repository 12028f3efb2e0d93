import assert from "node:assert/strict";
import {
  type CommitContent,
  type CommitEnd,
  Committer,
} from "../../src/activation/commit/committer.ts";
import { ABSENT, WriteKind } from "../../src/store/contract/store.ts";
import { ManualClock } from "../../src/testing.ts";
import { FaultyStore } from "./faulty-store.ts";

export const META = "m/cart/a";
export const STATE = "s/cart/a";

/** An activation whose state is a text; a change of it is stored with the next commit. */
export class Writer {
  readonly committer: Committer;
  readonly ends: CommitEnd[] = [];
  state = "";
  /** What `compose` throws instead. */
  fault: Error | undefined;
  /** What `ended` throws, against its contract. */
  endFault: Error | undefined;
  remove = false;
  awaited = true;
  #stored = "";
  readonly #generation: number;

  constructor(store: FaultyStore, clock: ManualClock, revision: number = ABSENT, generation = 1) {
    this.#generation = generation;
    this.committer = new Committer({
      store,
      metaKey: META,
      revision,
      who: "cart/a",
      clock,
      luck: () => 0,
      compose: () => this.#compose(),
      ended: (end) => {
        this.ends.push(end);
        if (this.endFault !== undefined) throw this.endFault;
      },
    });
  }

  /** Changes the state and requests a commit. */
  set(state: string): Promise<void> {
    this.state = state;
    return this.commit();
  }

  /** Requests a commit, of which there must be something to store. */
  commit(): Promise<void> {
    const commit = this.committer.commit();
    assert.ok(commit !== undefined, "there is something to commit");
    return commit;
  }

  #compose(): CommitContent | undefined {
    if (this.fault !== undefined) throw this.fault;
    const meta = Buffer.from(`generation ${this.#generation}`);
    if (this.remove) {
      return { meta: undefined, operations: [{ kind: WriteKind.Delete, key: STATE }] };
    }
    if (this.state === this.#stored) return undefined;
    this.#stored = this.state;
    const value = Buffer.from(this.state);
    return {
      meta,
      operations: [{ kind: WriteKind.Put, key: STATE, value }],
      stateBytes: value.byteLength,
      awaited: this.awaited,
    };
  }
}

/** A writer of a new actor, in a store that can fail. */
export function setUpWriter(): {
  readonly store: FaultyStore;
  readonly clock: ManualClock;
  readonly writer: Writer;
} {
  const store = new FaultyStore();
  const clock = new ManualClock();
  return { store, clock, writer: new Writer(store, clock) };
}

/** The revision that the next activation would read. */
export async function revisionOf(store: FaultyStore): Promise<number> {
  return (await store.get(META))?.revision ?? ABSENT;
}

/** Holds that a commit rejects with an error of this code, and with a cause of the other code if one is given. */
export async function assertFails(
  commit: Promise<void>,
  code: string,
  causeCode?: string,
): Promise<void> {
  const error = (await commit.then(
    () => ({ code: "none" }),
    (thrown: unknown) => thrown,
  )) as { readonly code: string; readonly cause?: { readonly code?: string } };
  assert.equal(error.code, code);
  if (causeCode !== undefined) assert.equal(error.cause?.code, causeCode);
}
