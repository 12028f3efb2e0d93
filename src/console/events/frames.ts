import { getHeapStatistics } from "node:v8";
import type { Clock } from "../../base/clock.ts";
import type { MonitoredSystem } from "../../monitor/monitored-system.ts";
import type { Frame } from "../../wire/answers.ts";
import type { LogRing } from "../record/log-ring.ts";
import type { TraceRing } from "../record/trace-ring.ts";
import type { Source, Sources } from "./sources.ts";

/** Sources of the frames' contents. */
export interface FrameParts {
  readonly clock: Clock;
  readonly sources: Sources;
  readonly traces: TraceRing;
  readonly logs: LogRing;
}

/** Maximum number of rows in full frames and in frames of changes; the newest rows are taken. */
const LIMITS = { full: { traces: 500, logs: 1_000 }, changes: { traces: 200, logs: 500 } };

/** Builds the frames of one channel, each with the changes since the previous one. */
export class Frames {
  readonly #parts: FrameParts;
  /** Sequence of the last snapshot of each system shown. */
  #sequences = new Map<MonitoredSystem, number>();
  #change = 0;
  #line = 0;

  constructor(parts: FrameParts) {
    this.#parts = parts;
  }

  /** Returns the changes since the previous frame, or everything when a system was added or removed. */
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
   * Returns a full frame for a viewer that has fallen behind. The next frame is not affected: the changes for
   * other viewers still start where their last frame ended.
   */
  all(sequence: number): Frame {
    const { sources } = this.#parts;
    return this.#whole(
      sequence,
      sources.all().map((source) => sources.snapshot(source)),
    );
  }

  /** Returns a full frame. The next frame holds the changes from now on. */
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
