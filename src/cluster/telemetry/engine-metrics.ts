import { NameCap } from "../../base/names.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import type { WriteResolution } from "../../telemetry/cluster-attributes.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import { Counts, Levels } from "./series.ts";

const MAX_KINDS = 64;

/** The metrics of an engine that was opened. */
export class EngineMetrics {
  readonly #connected: Levels;
  readonly #faults: Counts;
  readonly #unknownWrites: Counts;
  readonly #kinds = new NameCap(MAX_KINDS);

  constructor(book: PointBook) {
    this.#connected = new Levels(book, Catalogue.ClusterEngineConnected);
    this.#faults = new Counts(book, Catalogue.ClusterEngineFaults);
    this.#unknownWrites = new Counts(book, Catalogue.ClusterUnknownWrites);
  }

  /** Whether the engine can be reached; false once it is closed. */
  connectedIs(isConnected: boolean): void {
    this.#connected.set({}, isConnected ? 1 : 0);
  }

  /** Counts a fault that the engine has answered itself. @param kind as in `EngineFault` */
  fault(kind: string): void {
    this.#faults.add({ [Attribute.FaultKind]: this.#kinds.admit(kind) });
  }

  /** Counts a write that was not confirmed, once something was found out about it. */
  resolved(resolution: WriteResolution): void {
    this.#unknownWrites.add({ [Attribute.WriteResolution]: resolution });
  }
}
