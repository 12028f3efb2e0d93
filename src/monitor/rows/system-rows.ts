import { type EventLoopUtilization, performance } from "node:perf_hooks";
import { readBooks } from "../../actor/system/books.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import { traceIdOf } from "../../telemetry/traces/related-spans.ts";
import {
  type DeadLetterRow,
  type EventLoopRow,
  type Snapshot,
  type TotalsRow,
  WIRE_VERSION,
} from "../../wire/snapshot.ts";
import type { LoopWatch } from "../warnings/loop-watch.ts";
import type { ActorChanges } from "./snapshots.ts";
import type { Times } from "./times.ts";
import { typeRows } from "./type-rows.ts";

/** Marks of dead letters kept for viewers that request those since a snapshot. */
const MAX_MARKS = 1_000;
/** Shortest period over which the utilization of the event loop is measured. */
const MIN_PERIOD_MS = 100;

/** The part of a snapshot that describes the system itself. */
export class SystemRows {
  readonly #system: SystemRuntime;
  readonly #times: Times;
  readonly #loop: LoopWatch;
  readonly #startedMs: number;
  /** The reading at the beginning of the measured period, and the utilization of the period before it. */
  #periodStart: EventLoopUtilization = performance.eventLoopUtilization();
  #utilization = 0;
  /** Total of dead letters at each snapshot. */
  readonly #lettersAt = new Map<number, number>();

  constructor(system: SystemRuntime, times: Times, loop: LoopWatch) {
    this.#system = system;
    this.#times = times;
    this.#loop = loop;
    this.#startedMs = times.nowMs();
  }

  /** Completes a snapshot. */
  snapshot(
    changes: ActorChanges,
    findings: Pick<Snapshot, "deadlocks" | "stuck" | "warnings">,
  ): Snapshot {
    const { sequence, since, actors, removed } = changes;
    const { name, closing } = this.#system;
    const nowMs = this.#times.nowMs();
    return {
      version: WIRE_VERSION,
      sequence,
      since,
      capturedAtMs: this.#times.toEpoch(nowMs),
      uptimeMs: nowMs - this.#startedMs,
      system: { name, pid: process.pid, closing },
      totals: this.#totals(),
      actors,
      removed,
      types: typeRows(this.#system),
      ...findings,
      deadLetters: this.#deadLetters(sequence, since),
      eventLoop: this.#eventLoop(),
    };
  }

  #totals(): TotalsRow {
    const { book } = this.#system;
    const books = readBooks(this.#system);
    const { active, started, stopped, sent, handled, waiting, processing } = books;
    const { rejected, deadLetters } = books;
    const counts = { active, started, stopped, sent, handled, waiting, processing };
    return {
      ...counts,
      rejected,
      deadLetters,
      failures: book.total(Catalogue.Failures),
      restarts: book.total(Catalogue.Restarts),
      deadlocks: book.total(Catalogue.Deadlocks),
    };
  }

  #deadLetters(sequence: number, since: number | null): DeadLetterRow[] {
    const { deadLetters } = this.#system;
    const recent = deadLetters.recent();
    const known = since === null ? undefined : this.#lettersAt.get(since);
    const fresh = known === undefined ? recent.length : deadLetters.total - known;
    this.#lettersAt.set(sequence, deadLetters.total);
    for (const old of this.#lettersAt.keys()) {
      if (this.#lettersAt.size <= MAX_MARKS) break;
      this.#lettersAt.delete(old);
    }
    return recent.slice(Math.max(0, recent.length - fresh)).map((letter) => ({
      actorId: letter.actorId,
      actorType: letter.actorType,
      messageType: letter.messageType,
      kind: letter.kind,
      reason: letter.reason,
      senderId: letter.senderId ?? null,
      traceId: traceIdOf(spanOf(letter.context)) ?? null,
    }));
  }

  #eventLoop(): EventLoopRow {
    const utilization = this.#measureUtilization();
    const { last } = this.#loop;
    if (last === undefined) return { utilization, blocked: null };
    const { startedMs, endedMs, by } = last;
    return {
      utilization,
      blocked: {
        atMs: this.#times.toEpoch(startedMs),
        durationMs: Math.round(endedMs - startedMs),
        actorId: by?.cell.actorId ?? null,
        messageType: by?.messageType ?? null,
      },
    };
  }

  /**
   * Returns the share of time in which the event loop was busy. Of two snapshots in quick succession, the second
   * returns the value of the first: the code between them, which is all there is to measure, is always busy.
   */
  #measureUtilization(): number {
    const now = performance.eventLoopUtilization();
    const period = performance.eventLoopUtilization(now, this.#periodStart);
    if (period.active + period.idle >= MIN_PERIOD_MS) {
      this.#periodStart = now;
      this.#utilization = period.utilization;
    }
    return this.#utilization;
  }
}
