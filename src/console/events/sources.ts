import type { MonitoredSystem } from "../../monitor/monitored-system.ts";
import { forgetIfUnused, openSystems, stateOf } from "../../monitor/system-access.ts";
import type { Snapshot } from "../../wire/snapshot.ts";

/** A system the console shows. */
export interface Source {
  readonly system: MonitoredSystem;
  /** Its name, or where another has the same, the name with a number. */
  readonly label: string;
}

/** The systems a console shows: those it was given, or all there are. */
export class Sources {
  readonly #given: readonly MonitoredSystem[] | undefined;
  readonly #labels = new WeakMap<MonitoredSystem, string>();
  readonly #uses = new Map<string, number>();

  /** @param given `undefined` for all systems of the process, also those made later */
  constructor(given: readonly MonitoredSystem[] | undefined) {
    this.#given = given;
  }

  all(): readonly Source[] {
    const systems = this.#given ?? openSystems();
    return systems.map((system) => ({ system, label: this.#labelOf(system) }));
  }

  /** The states of all systems, whole. */
  snapshots(): readonly Snapshot[] {
    return this.all().map((source) => this.snapshot(source));
  }

  /** The state of one, or what has changed since an earlier snapshot. */
  snapshot({ system, label }: Source, since?: number): Snapshot {
    const taken = system.monitor.snapshot(since === undefined ? {} : { since });
    return label === taken.system.name
      ? taken
      : { ...taken, system: { ...taken.system, name: label } };
  }

  /** The system that has a living actor of that id, and the actor's state. */
  stateOf(actorId: string): { readonly state: unknown } | undefined {
    for (const { system } of this.all()) {
      const found = stateOf(system, actorId);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Lets go of what the systems keep for those who look. */
  forgetIfUnused(): void {
    for (const { system } of this.all()) forgetIfUnused(system);
  }

  /** Viewers know systems by their labels: those of two must not be the same, nor one's change. */
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
