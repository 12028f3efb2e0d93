import { errorType } from "../../base/errors.ts";
import { type Outcome, StoragePhase } from "../../telemetry/attributes.ts";
import type { Activation } from "../activation/activation.ts";
import type { StartStep } from "../activation/start-record.ts";
import type { Owner } from "../records/record-keys.ts";

/** Maximum number of starts that are kept; the oldest is forgotten first. */
const MAX_KEPT = 256;

/** A start, for display. Refers to neither the actor nor its state. */
export interface StartFacts {
  readonly actorId: string;
  readonly generation: number;
  /** When the wake was requested, on the monotonic clock. */
  readonly requestedMs: number;
  /** From then on; `undefined` while the start is running. */
  readonly totalMs: number | undefined;
  readonly isNew: boolean;
  readonly outcome: Outcome | undefined;
  readonly errorType: string | undefined;
  readonly roundTrips: number;
  readonly traceId: string | undefined;
  readonly steps: readonly StartStep[];
}

/** Returns the last start or restart of an activation; `undefined` if it has not begun. */
export function startFacts({
  cell,
  generation,
  record,
  store,
}: Activation): StartFacts | undefined {
  if (record === undefined) return undefined;
  const { requestedMs, totalMs, isNew = false, outcome, error, traceId, steps } = record;
  return {
    actorId: cell.actorId,
    generation: generation ?? 0,
    requestedMs,
    totalMs,
    isNew,
    outcome,
    errorType: error === undefined ? undefined : errorType(error),
    roundTrips: store.roundTrips(StoragePhase.Starting),
    traceId,
    steps,
  };
}

/** The starts of the activations of a system that have ended last, one for each key. */
export class PastStarts {
  readonly #starts = new Map<string, StartFacts>();

  add(activation: Activation): void {
    const facts = startFacts(activation);
    if (facts === undefined) return;
    const name = nameOf(activation.owner);
    this.#starts.delete(name); // so that it is the newest
    this.#starts.set(name, facts);
    if (this.#starts.size <= MAX_KEPT) return;
    for (const oldest of this.#starts.keys()) {
      this.#starts.delete(oldest);
      return;
    }
  }

  /** Returns the start of the last activation of a key. */
  find(owner: Owner): StartFacts | undefined {
    return this.#starts.get(nameOf(owner));
  }

  /** Returns the start of an activation that has ended. */
  ofActor(actorId: string): StartFacts | undefined {
    for (const facts of this.#starts.values()) if (facts.actorId === actorId) return facts;
    return undefined;
  }
}

function nameOf({ type, keyText }: Owner): string {
  return `${type}/${keyText}`;
}
