import type { Clock } from "../../base/clock.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
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
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
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
/** Questions to one runner that are under way at a time; further ones wait for the outcome of these. */
const MAX_ASKS = 16;
/** For how long a runner is not asked that has not answered. */
const SILENCE = { initialMs: 250, factor: 2, maxMs: 5_000, jitter: 0.5 };
/** Runners that have not answered and are remembered. */
const MAX_SILENT = 1_024;

/** The questions to one runner. */
interface Line {
  underWay: number;
  /** Questions that wait; each is told when it may go on. */
  readonly waiting: (() => void)[];
  /** Questions in a row without an answer. */
  failures: number;
  /** Until when it is not asked, on the monotonic clock. */
  silentUntilMs: number;
}

/**
 * Asks runners what they know when a record and what others see of it do not fit together: an activation that its runner
 * says it does not have, or events that are missing.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #checking = new Set<string>();
  readonly #lines = new Map<string, Line>();

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

  /**
   * Asks a runner for something. Returns `undefined` if it does not answer, or has not answered lately: what is asked for
   * each actor and each message must not grow with their number.
   */
  async ask(runnerId: string, request: ControlRequest): Promise<ControlAnswer | undefined> {
    const line = this.#lineOf(runnerId);
    if (line.underWay < roomOf(line)) line.underWay += 1;
    else await new Promise<void>((resolve) => line.waiting.push(resolve)); // what resolves it has counted it
    const answer = this.#isSilent(line) ? undefined : await this.#request(runnerId, line, request);
    line.underWay -= 1;
    while (line.waiting.length > 0 && (this.#isSilent(line) || line.underWay < roomOf(line))) {
      line.underWay += 1;
      line.waiting.shift()?.();
    }
    if (line.underWay === 0 && line.failures === 0) this.#lines.delete(runnerId);
    return answer;
  }

  async #request(
    runnerId: string,
    line: Line,
    request: ControlRequest,
  ): Promise<ControlAnswer | undefined> {
    const { bus, observer, clock, luck } = this.#parts;
    try {
      const answer = await bus.request(controlSubject(runnerId), controlMessage(request), {
        timeoutMs: TIMEOUT_MS,
      });
      line.failures = 0;
      line.silentUntilMs = 0;
      return readControlAnswer(answer);
    } catch (error) {
      observer.failed("runner has not answered the coordinator", error);
      if (this.#isSilent(line)) return undefined; // one of those that were sent together
      line.failures += 1;
      line.silentUntilMs = clock.monotonicMs() + backoffDelayMs(SILENCE, line.failures, luck());
      return undefined;
    }
  }

  #isSilent({ silentUntilMs }: Line): boolean {
    return this.#parts.clock.monotonicMs() < silentUntilMs;
  }

  #lineOf(runnerId: string): Line {
    const known = this.#lines.get(runnerId);
    if (known !== undefined) return known;
    for (const [oldest, { underWay }] of this.#lines) {
      if (this.#lines.size < MAX_SILENT) break;
      if (underWay === 0) this.#lines.delete(oldest);
    }
    const line: Line = { underWay: 0, waiting: [], failures: 0, silentUntilMs: 0 };
    this.#lines.set(runnerId, line);
    return line;
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

/** Of a runner that has not answered lately, one question finds out if it does. */
function roomOf({ failures }: Line): number {
  return failures > 0 ? 1 : MAX_ASKS;
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
