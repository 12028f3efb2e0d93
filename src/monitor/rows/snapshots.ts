import type { ActorCell } from "../../actor/cell/cell.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { ActorState } from "../../telemetry/attributes.ts";
import type { ActorRow } from "../../wire/snapshot.ts";
import { type WaitEdge, WaitPicture } from "../waits/wait-picture.ts";
import { actorRow, type RowParts } from "./actor-rows.ts";
import { SeenActor } from "./changes.ts";
import { StoppedActors } from "./stopped-actors.ts";

/** Removals kept for viewers that request changes. A viewer that is further behind gets a full snapshot. */
const MAX_REMOVALS = 20_000;
/** Time without a snapshot after which stopped actors are no longer kept, since no viewer is assumed. */
const FORGOTTEN_AFTER_MS = 60_000;

/**
 * Sequences of a system share a remainder modulo this value, which differs between the systems of a process,
 * and start at the current time. A viewer with the sequence of another source gets a full snapshot.
 */
const STEP = 1_000;
let lastRemainder = 0;

/** The part of a snapshot that contains actors. */
export interface ActorChanges {
  readonly sequence: number;
  readonly since: number | null;
  readonly actors: readonly ActorRow[];
  readonly removed: readonly string[];
}

/**
 * Rows of all actors, each rebuilt only when its actor has changed. Work is done only when a snapshot is
 * taken; data kept between snapshots is released after a minute without one.
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
  /** Changes before this sequence are no longer known. */
  #oldestSince: number;
  #lastLookMs = Number.NEGATIVE_INFINITY;
  /** Removes the listener to ends of actors. Set while stopped actors are kept. */
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

  /** Scans all actors and returns all of their rows, or those that have changed since `since`. */
  take(systems: Iterable<SystemRuntime>, since: number | undefined): ActorChanges {
    const nowMs = this.#parts.times.nowMs();
    if (nowMs - this.#lastLookMs > FORGOTTEN_AFTER_MS) this.forget();
    this.#lastLookMs = nowMs;
    // An end between two snapshots belongs to the next one.
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

  /** Releases all data that is kept only for later snapshots. */
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

  /** Releases kept data if no snapshot has been taken for long. */
  forgetIfUnused(nowMs: number): void {
    const watched = this.#lastLookMs !== Number.NEGATIVE_INFINITY;
    if (watched && nowMs - this.#lastLookMs > FORGOTTEN_AFTER_MS) this.forget();
  }

  /** Returns whether the changes since `since` are known. */
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

  /** Records actors that have disappeared while their ends were not listened to. */
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
