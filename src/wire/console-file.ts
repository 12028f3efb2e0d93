import type { Frame, Summary, TraceDetail } from "./answers.ts";

/** A snapshot of a process in a file, which can be opened in another console. */
export interface ConsoleFile {
  readonly exportedAtMs: number;
  readonly summary: Summary | null;
  /** A full frame, with the latest traces and log lines. */
  readonly frame: Frame;
  /** Spans of some of the traces. */
  readonly details: readonly TraceDetail[];
}
