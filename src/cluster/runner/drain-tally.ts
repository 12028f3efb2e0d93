import { StopReason } from "../../telemetry/attributes.ts";

/** What a drain has done with the actors of a runner. */
export interface DrainReport {
  /** Number of actors that the coordinator has moved. */
  readonly handedOff: number;
  /** Number of actors that the runner has stopped, or that have ended by themselves. */
  readonly stopped: number;
  /** Addresses of the actors that had not ended at their deadline, and were fenced. */
  readonly abandoned: readonly string[];
  readonly durationMs: number;
}

/** Reasons of ends that are not in order. */
const CUT_OFF: ReadonlySet<string> = new Set([StopReason.Killed, StopReason.Fenced]);

/** Counts how actors end during a drain. */
export class DrainTally {
  #handedOff = 0;
  #stopped = 0;
  readonly #abandoned: string[] = [];

  /** @param isMoved whether the coordinator has asked for the end */
  add(address: string, reason: string, isMoved: boolean): void {
    if (CUT_OFF.has(reason)) this.#abandoned.push(address);
    else if (isMoved) this.#handedOff += 1;
    else this.#stopped += 1;
  }

  report(durationMs: number): DrainReport {
    return {
      handedOff: this.#handedOff,
      stopped: this.#stopped,
      abandoned: [...this.#abandoned],
      durationMs,
    };
  }
}
