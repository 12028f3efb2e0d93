import type { Checkpoint } from "./checkpoint.ts";

/**
 * What a runner tells of an actor. `stopped` and `start_failed` end their generation.
 *
 * @enum
 */
export const EventKind = {
  /** It has started: the generation is claimed, and it handles messages. */
  Running: "running",
  /** It has ended; `reason` is a stop reason, `data.commandIndex` the index of the last command that was dealt with. */
  Stopped: "stopped",
  /** Its start has failed; `reason` is an error code. */
  StartFailed: "start_failed",
  /** The start was refused, since the store has a generation that is not lower: `data.storedGeneration`. */
  StartRefused: "start_refused",
  /**
   * A command was not carried out, since it had expired, was dead-lettered, or found its actor ended (`not_running`):
   * `data.commandId`; of a signal also `data.signal` and `data.data`, so that it can be given to the next activation.
   */
  CommandDropped: "command_dropped",
} as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/** One event. */
export interface RunnerEvent {
  readonly index: number;
  readonly kind: EventKind;
  /** Milliseconds since the epoch, by the clock of the runner. */
  readonly atMs: number;
  readonly reason?: string;
  readonly data?: unknown;
}

/** Events of one actor and generation with contiguous indices, at most 64; one message of the log. */
export interface EventBatch {
  readonly address: string;
  readonly runnerId: string;
  readonly generation: number;
  readonly events: readonly RunnerEvent[];
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Where the last event of a batch stands. */
export function checkpointOf({ address, generation, events }: EventBatch): Checkpoint {
  return { address, generation, index: events.at(-1)?.index ?? 0 };
}
