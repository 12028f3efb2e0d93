import type { Frame, Summary, TraceDetail } from "./answers.ts";

/** A moment of a process as a file, to be looked at elsewhere. */
export interface ConsoleFile {
  readonly exportedAtMs: number;
  readonly summary: Summary | null;
  /** A full one, with the last traces and log lines. */
  readonly frame: Frame;
  /** Spans of some of the traces. */
  readonly details: readonly TraceDetail[];
}
