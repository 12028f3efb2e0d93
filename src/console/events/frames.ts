import { getHeapStatistics } from "node:v8";
import type { Clock } from "../../base/clock.ts";
import type { MonitoredSystem } from "../../monitor/monitored-system.ts";
import type { Frame } from "../../wire/answers.ts";
import type { LogRing } from "../record/log-ring.ts";
import type { TraceRing } from "../record/trace-ring.ts";
import type { Source, Sources } from "./sources.ts";

/** What frames are made of. */
export interface FrameParts {
  readonly clock: Clock;
  readonly sources: Sources;
  readonly traces: TraceRing;
  readonly logs: LogRing;
}

/** Rows in a frame that holds everything, and in one of changes: the newest. */
const LIMITS = { full: { traces: 500, logs: 1_000 }, changes: { traces: 200, logs: 500 } };

/** Makes the frames of one series, each with what has changed since the one before. */
export class Frames {
  readonly #parts: FrameParts;
  /** The last snapshot of each system that is shown. */
  #sequences = new Map<MonitoredSystem, number>();
  #change = 0;
  #line = 0;

  constructor(parts: FrameParts) {
    this.#parts = parts;
  }

  /** What has changed since the frame before; all there is, when systems have come or gone. */
  next(sequence: number): Frame {
    const { sources, traces, logs } = this.#parts;
    const all = sources.all();
    if (!this.#shows(all)) return this.#restart(sequence);
    const snapshots = all.map((source) => {
      const taken = sources.snapshot(source, this.#sequences.get(source.system));
      this.#sequences.set(source.system, taken.sequence);
      return taken;
    });
    const { changes } = LIMITS;
    const frame: Frame = {
      ...this.#head(sequence, false),
      snapshots,
      traces: traces.changedSince(this.#change, changes.traces),
      logs: logs.find({ after: this.#line, limit: changes.logs }),
    };
    this.#mark();
    return frame;
  }

  /**
   * All there is, for a viewer that has fallen behind. The next frame is told as if it had not been made:
   * the other viewers' changes begin where their last frame ended.
   */
  all(sequence: number): Frame {
    const { sources } = this.#parts;
    return this.#whole(
      sequence,
      sources.all().map((source) => sources.snapshot(source)),
    );
  }

  /** All there is. The next frame holds what changes from now on. */
  #restart(sequence: number): Frame {
    const { sources } = this.#parts;
    this.#sequences = new Map();
    const snapshots = sources.all().map((source) => {
      const taken = sources.snapshot(source);
      this.#sequences.set(source.system, taken.sequence);
      return taken;
    });
    const frame = this.#whole(sequence, snapshots);
    this.#mark();
    return frame;
  }

  #whole(sequence: number, snapshots: Frame["snapshots"]): Frame {
    const { traces, logs } = this.#parts;
    return {
      ...this.#head(sequence, true),
      snapshots,
      traces: traces.changedSince(0, LIMITS.full.traces),
      logs: logs.find({ limit: LIMITS.full.logs }),
    };
  }

  #head(
    sequence: number,
    full: boolean,
  ): Pick<Frame, "sequence" | "capturedAtMs" | "full" | "heapUsedBytes"> {
    return {
      sequence,
      capturedAtMs: this.#parts.clock.epochMs(),
      full,
      heapUsedBytes: getHeapStatistics().used_heap_size,
    };
  }

  #mark(): void {
    this.#change = this.#parts.traces.change;
    this.#line = this.#parts.logs.last;
  }

  #shows(all: readonly Source[]): boolean {
    const known = this.#sequences;
    return all.length === known.size && all.every(({ system }) => known.has(system));
  }
}
