import { type KeyViews, keyViewsOf } from "../../monitor/keys/key-views.ts";
import type { MonitoredSystem } from "../../monitor/monitored-system.ts";
import { forgetIfUnused, openSystems, stateOf } from "../../monitor/system-access.ts";
import type { Snapshot } from "../../wire/snapshot.ts";

/** A system that the console shows. */
export interface Source {
  readonly system: MonitoredSystem;
  /** The system's name. If several systems have the same name, a number is appended. */
  readonly label: string;
}

/** A system with keyed actors. */
export interface KeyedSource extends Source {
  readonly views: KeyViews;
}

/** The systems that a console shows: those it was given, or all of the process. */
export class Sources {
  readonly #given: readonly MonitoredSystem[] | undefined;
  readonly #labels = new WeakMap<MonitoredSystem, string>();
  readonly #uses = new Map<string, number>();

  /** @param given `undefined` for all systems of the process, including those created later */
  constructor(given: readonly MonitoredSystem[] | undefined) {
    this.#given = given;
  }

  all(): readonly Source[] {
    const systems = this.#given ?? openSystems();
    return systems.map((system) => ({ system, label: this.#labelOf(system) }));
  }

  /** Returns the systems that have keyed actors. */
  keyed(): readonly KeyedSource[] {
    return this.all().flatMap((source) => {
      const views = keyViewsOf(source.system);
      return views === undefined ? [] : [{ ...source, views }];
    });
  }

  /**
   * Returns the system that keys of `type` belong to: the one labelled `system`, or else the first one that defines
   * the type.
   */
  ofKeys(type: string, system: string | undefined): KeyedSource | undefined {
    const keyed = this.keyed();
    if (system !== undefined) return keyed.find(({ label }) => label === system);
    return keyed.find(({ views }) => views.defines(type)) ?? keyed[0];
  }

  /** Returns complete snapshots of all systems. */
  snapshots(): readonly Snapshot[] {
    return this.all().map((source) => this.snapshot(source));
  }

  /** Returns a complete snapshot of a system, or the changes since an earlier one. */
  snapshot({ system, label }: Source, since?: number): Snapshot {
    const taken = system.monitor.snapshot(since === undefined ? {} : { since });
    return label === taken.system.name
      ? taken
      : { ...taken, system: { ...taken.system, name: label } };
  }

  /** Returns the state of the live actor with that id, or `undefined` when no system has one. */
  stateOf(actorId: string): { readonly state: unknown } | undefined {
    for (const { system } of this.all()) {
      const found = stateOf(system, actorId);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Discards the data that monitors keep for viewers, unless something else uses it. */
  forgetIfUnused(): void {
    for (const { system } of this.all()) forgetIfUnused(system);
  }

  /** Returns a unique and stable label, because viewers identify systems by it. */
  #labelOf(system: MonitoredSystem): string {
    const known = this.#labels.get(system);
    if (known !== undefined) return known;
    const { name } = system;
    const uses = (this.#uses.get(name) ?? 0) + 1;
    this.#uses.set(name, uses);
    const label = uses === 1 ? name : `${name} (${uses})`;
    this.#labels.set(system, label);
    return label;
  }
}
