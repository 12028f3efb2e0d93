import type { ActorCell } from "../actor/cell/cell.ts";
import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { ActorState } from "../telemetry/attributes.ts";
import type { ActorRow } from "../wire/snapshot.ts";
import { actorRow, type RowParts } from "./actor-rows.ts";
import { SeenActor } from "./changes.ts";
import { StoppedActors } from "./stopped-actors.ts";
import { type WaitEdge, WaitPicture } from "./wait-picture.ts";

/** Removals remembered for viewers that ask for changes; whoever has missed more gets everything. */
const MAX_REMOVALS = 20_000;
/** After a minute without a snapshot no viewer is assumed, and stopped actors are no longer kept. */
const FORGOTTEN_AFTER_MS = 60_000;

/**
 * Sequences of a system have the same remainder by this, another than those of the process's others, and
 * begin at the time: a viewer that mistakes its source, or has lost it, is told everything.
 */
const STEP = 1_000;
let lastRemainder = 0;

/** The part of a snapshot that is about actors. */
export interface ActorChanges {
  readonly sequence: number;
  readonly since: number | null;
  readonly actors: readonly ActorRow[];
  readonly removed: readonly string[];
}

/**
 * Rows of all actors, each made again only when its actor has changed. All work is done when somebody
 * looks; what is kept between looks is let go when nobody has looked for a minute.
 */
export class Snapshots {
  readonly #system: SystemRuntime;
  readonly #parts: RowParts;
  readonly #graveWindowMs: number;
  #sequence: number;
  readonly #seen = new Map<ActorCell, SeenActor>();
  #stoppedActors: StoppedActors;
  #stoppedAt = new Map<string, number>();
  #removed: { readonly id: string; readonly sequence: number }[] = [];
  /** Changes since before this can no longer be told. */
  #oldestSince: number;
  #lastLookMs = Number.NEGATIVE_INFINITY;
  /** Stops listening to ends of actors; there while stopped actors are kept. */
  #ignoreEnds: (() => void) | undefined;

  constructor(system: SystemRuntime, parts: RowParts, graveWindowMs: number) {
    this.#system = system;
    this.#parts = parts;
    this.#graveWindowMs = graveWindowMs;
    this.#stoppedActors = new StoppedActors(graveWindowMs);
    lastRemainder = (lastRemainder + 1) % STEP;
    this.#sequence = Math.round(system.clock.epochMs()) * STEP + lastRemainder;
    this.#oldestSince = this.#sequence;
  }

  /** Looks at all actors, and returns all of their rows or those that have changed since `since`. */
  take(systems: Iterable<SystemRuntime>, since: number | undefined): ActorChanges {
    const nowMs = this.#parts.times.nowMs();
    if (nowMs - this.#lastLookMs > FORGOTTEN_AFTER_MS) this.forget();
    this.#lastLookMs = nowMs;
    // An end between two looks belongs to the next.
    this.#ignoreEnds ??= this.#system.hooks.stopped.add((cell) => {
      this.#add(cell, this.#sequence + STEP);
    });
    this.#sequence += STEP;
    const picture = new WaitPicture(systems, nowMs);
    const known = since !== undefined && this.#knows(since);
    const from = known ? since : Number.NEGATIVE_INFINITY;
    const actors: ActorRow[] = [];
    let living = 0;
    this.#system.topLevel.visit((cell) => {
      living += 1;
      const seen = this.#lookAt(cell, picture);
      if (seen.sequence > from) actors.push(seen.row);
    });
    if (living !== this.#seen.size) this.#recordMissing();
    this.#removeExpired();
    for (const row of this.#stoppedActors.rows()) {
      if ((this.#stoppedAt.get(row.id) ?? 0) > from) actors.push(row);
    }
    const removed = known ? this.#removed.filter(({ sequence }) => sequence > from) : [];
    return {
      sequence: this.#sequence,
      since: known ? since : null,
      actors,
      removed: removed.map(({ id }) => id),
    };
  }

  /** Lets go of all that is only kept for those who look again. */
  forget(): void {
    this.#ignoreEnds?.();
    this.#ignoreEnds = undefined;
    this.#seen.clear();
    this.#stoppedActors = new StoppedActors(this.#graveWindowMs);
    this.#stoppedAt.clear();
    this.#removed = [];
    this.#oldestSince = this.#sequence + STEP;
    this.#lastLookMs = Number.NEGATIVE_INFINITY;
  }

  /** Forgets when nobody has looked for long. */
  forgetIfUnused(nowMs: number): void {
    const watched = this.#lastLookMs !== Number.NEGATIVE_INFINITY;
    if (watched && nowMs - this.#lastLookMs > FORGOTTEN_AFTER_MS) this.forget();
  }

  /** Whether it can tell what has changed since. */
  #knows(since: number): boolean {
    if (since < this.#oldestSince || since >= this.#sequence) return false;
    return since % STEP === this.#sequence % STEP;
  }

  #lookAt(cell: ActorCell, picture: WaitPicture): SeenActor {
    const waits = this.#waitsOf(cell, picture);
    const before = this.#seen.get(cell);
    if (before !== undefined && !before.differs(cell, waits)) {
      before.look = this.#sequence;
      return before;
    }
    const row = actorRow(cell, waits ?? [], this.#parts);
    const seen = new SeenActor(cell, waits, row, this.#sequence);
    this.#seen.set(cell, seen);
    return seen;
  }

  #waitsOf(cell: ActorCell, picture: WaitPicture): readonly WaitEdge[] | undefined {
    if (cell.state !== ActorState.Running) picture.expand(cell);
    if (picture.edges.size === 0) return undefined;
    const own = picture.edges.get(cell);
    const tasks = picture.tasksOf(cell);
    const ofTasks = tasks === undefined ? undefined : picture.edges.get(tasks);
    if (ofTasks === undefined) return own;
    return own === undefined ? ofTasks : [...own, ...ofTasks];
  }

  /** Those that are there no more: their end was not told when nobody listened. */
  #recordMissing(): void {
    for (const [cell, { look }] of this.#seen)
      if (look !== this.#sequence) this.#add(cell, this.#sequence);
  }

  #add(cell: ActorCell, sequence: number): void {
    this.#seen.delete(cell);
    if (this.#stoppedAt.has(cell.actorId)) return;
    this.#stoppedActors.add(actorRow(cell, [], this.#parts));
    this.#stoppedAt.set(cell.actorId, sequence);
  }

  #removeExpired(): void {
    for (const { id } of this.#stoppedActors.removeExpired(this.#parts.times.nowAtMs())) {
      this.#stoppedAt.delete(id);
      this.#removed.push({ id, sequence: this.#sequence });
    }
    const surplus = this.#removed.length - MAX_REMOVALS;
    if (surplus <= 0) return;
    this.#oldestSince = this.#removed[surplus - 1]?.sequence ?? this.#sequence;
    this.#removed = this.#removed.slice(surplus);
  }
}
