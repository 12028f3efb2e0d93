import type { KeyValueEntry, KeyValueListener, Watch } from "../engine/key-value.ts";
import { startsWithTokens } from "../engine/tokens.ts";

/** One change, for a watch that has not told yet what was there when it began. */
type Change =
  | { readonly kind: "changed"; readonly entry: KeyValueEntry }
  | { readonly kind: "removed"; readonly key: string; readonly revision: number };

interface Watcher {
  readonly prefix: string;
  readonly listener: KeyValueListener;
  /** Changes since the watch began; `undefined` once it is current. */
  held: Change[] | undefined;
}

/** The watches of one key-value. Each is told of what was there, then of each change, in order and once. */
export class Watchers {
  readonly #watchers = new Set<Watcher>();

  /** Tells of a write. */
  changed(entry: KeyValueEntry): void {
    this.#tell(entry.key, { kind: "changed", entry });
  }

  /** Tells of a removal or expiry. `revision` is that of the removal. */
  removed(key: string, revision: number): void {
    this.#tell(key, { kind: "removed", key, revision });
  }

  /**
   * Begins a watch.
   *
   * @param list returns what is there under the prefix; changes that come meanwhile are told after it
   */
  async watch(
    prefix: string,
    listener: KeyValueListener,
    list: (prefix: string) => Promise<readonly KeyValueEntry[]>,
  ): Promise<Watch> {
    const watcher: Watcher = { prefix, listener, held: [] };
    this.#watchers.add(watcher);
    let entries: readonly KeyValueEntry[];
    try {
      entries = await list(prefix);
    } catch (error) {
      this.#watchers.delete(watcher);
      throw error;
    }
    this.#begin(watcher, entries);
    return { stop: () => void this.#watchers.delete(watcher) };
  }

  #begin(watcher: Watcher, entries: readonly KeyValueEntry[]): void {
    const revisions = new Map(entries.map(({ key, revision }) => [key, revision]));
    for (const entry of entries) watcher.listener.changed(entry);
    const held = watcher.held ?? [];
    watcher.held = undefined;
    for (const change of held) {
      const { key, revision } = change.kind === "changed" ? change.entry : change;
      if (revision > (revisions.get(key) ?? 0)) tell(watcher.listener, change);
    }
    watcher.listener.current();
  }

  #tell(key: string, change: Change): void {
    for (const watcher of this.#watchers) {
      if (!startsWithTokens(key, watcher.prefix)) continue;
      if (watcher.held === undefined) tell(watcher.listener, change);
      else watcher.held.push(change);
    }
  }
}

function tell(listener: KeyValueListener, change: Change): void {
  switch (change.kind) {
    case "changed":
      listener.changed(change.entry);
      break;
    case "removed":
      listener.removed(change.key);
      break;
  }
}
