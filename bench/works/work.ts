import type { Subject } from "../subject.ts";

export const WorkId = {
  Spawn: "spawn",
  Tell: "tell",
  TellBursts: "tell-bursts",
  Ask: "ask",
  Ask100: "ask-100",
  FanOut: "fan-out",
  PingPong: "ping-pong",
  SpawnStop: "spawn-stop",
  TellDistinct: "tell-distinct",
} as const;
export type WorkId = (typeof WorkId)[keyof typeof WorkId];

/** A piece of work, ready to be repeated. */
export interface PreparedWork {
  /** Does `ops` operations, a multiple of the work's `step`; resolves when all are done. */
  run(ops: number): Promise<void>;
  /** Most operations a repetition, where a subject cannot do the work's own number. */
  readonly mostOps?: number;
  /** Cleans up after a repetition, outside the measured time. */
  between?(): Promise<void>;
  /** Heap bytes (heapUsed + external) an idle actor holds after collection. */
  bytesPerActor?(actors: number): Promise<number>;
}

/** A kind of work, the same for every subject. */
export interface Work {
  readonly id: WorkId;
  /** What one operation is, as the results say it. */
  readonly description: string;
  /** Operations of a repetition; slow subjects get fewer, since rates are per operation. */
  readonly fullOps: number;
  /** Operations come in multiples of this. */
  readonly step: number;
  prepare<Handle>(subject: Subject<Handle>): Promise<PreparedWork>;
}
