import { controlMessage, readControlAnswer } from "../codec/control-codec.ts";
import { afterStop, type EventParts } from "../decisions/apply-events.ts";
import type { Bus } from "../engine/bus.ts";
import {
  type ControlAnswer,
  type ControlRequest,
  type ReportAnswer,
  ReportedStatus,
} from "../protocol/control.ts";
import { type PlacementRecord, PlacementStatus } from "../protocol/placement-record.ts";
import { controlSubject } from "../protocol/subjects.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";
import type { Placements } from "./placements.ts";

/** What a {@link Reconciler} works with. */
export interface ReconcilerParts {
  readonly bus: Bus;
  readonly placements: Placements;
  readonly observer: CoordinatorObserver;
  readonly choose: EventParts["choose"];
  readonly isWanted: EventParts["isWanted"];
  /** Looks again at the requests for an actor. */
  readonly notify: (address: string) => void;
}

const TIMEOUT_MS = 2_000;
/** Actors that are looked into at a time; further ones are when they are asked for again. */
const MAX_CHECKS = 256;

/**
 * Asks runners what they know when a record and what others see of it do not fit together: an activation that its runner
 * says it does not have, or events that are missing.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #checking = new Set<string>();

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** Whether an actor is being looked into. */
  isChecking(address: string): boolean {
    return this.#checking.has(address);
  }

  /** Looks into an activation that was not found at its runner. Never throws. */
  check(address: string, at: { readonly runnerId: string; readonly generation: number }): void {
    if (this.#checking.has(address) || this.#checking.size >= MAX_CHECKS) return;
    this.#checking.add(address);
    void this.#check(address, at); // never rejects
  }

  /** Asks a runner for something. Returns `undefined` if it does not answer. */
  async ask(runnerId: string, request: ControlRequest): Promise<ControlAnswer | undefined> {
    const { bus, observer } = this.#parts;
    try {
      const answer = await bus.request(controlSubject(runnerId), controlMessage(request), {
        timeoutMs: TIMEOUT_MS,
      });
      return readControlAnswer(answer);
    } catch (error) {
      observer.failed("runner has not answered the coordinator", error);
      return undefined;
    }
  }

  async #check(
    address: string,
    { runnerId, generation }: { readonly runnerId: string; readonly generation: number },
  ): Promise<void> {
    const { placements, observer, choose, isWanted, notify } = this.#parts;
    try {
      const report = await this.ask(runnerId, { kind: "report", address });
      if (report?.kind !== "report") return;
      const current = await placements.update(address, (record, parts) => {
        if (record?.runnerId !== runnerId || record.generation !== generation) return undefined;
        if (!isMissing(record, report)) return undefined;
        observer.failed("actor was not on the runner of its placement", undefined);
        return afterStop({ ...parts, choose, isWanted }, record, {});
      });
      if (current === undefined || !isUntold(current, report)) return;
      // Its last events may be lost: no later one shows that there is a gap.
      const fromIndex = current.eventIndex + 1;
      await this.ask(runnerId, { kind: "resend", address, generation, fromIndex });
    } catch (error) {
      observer.failed("placement could not be corrected", error);
    } finally {
      this.#checking.delete(address);
      notify(address);
    }
  }
}

/** Whether a runner does not have an activation, and has told everything of it. Starts may be on their way. */
function isMissing(record: PlacementRecord, report: ReportAnswer): boolean {
  if (record.status === PlacementStatus.Starting) return false;
  const isThere =
    report.generation === record.generation &&
    report.status !== ReportedStatus.Ended &&
    report.status !== ReportedStatus.Unknown;
  if (isThere || report.generation > record.generation) return false;
  return report.generation < record.generation || report.eventIndex <= record.eventIndex;
}

/** Whether a runner has ended an activation, and has told events of it that were not applied. */
function isUntold(record: PlacementRecord, report: ReportAnswer): boolean {
  return (
    report.status === ReportedStatus.Ended &&
    report.generation === record.generation &&
    report.eventIndex > record.eventIndex
  );
}
