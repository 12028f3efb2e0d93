import { appendFileSync, readFileSync } from "node:fs";
import type { Written } from "../../_support/cluster-ledger.ts";

/** One line of the history of a run on real processes. Times are of one monotonic clock, in milliseconds. */
export type FaultRecord =
  /** The first one: what the clock of lines of logs shows then. */
  | { readonly kind: "began"; readonly atMs: number; readonly epochMs: number }
  | {
      readonly kind: "invoke";
      readonly atMs: number;
      readonly id: string;
      readonly address: string;
      readonly client: string;
      /** Whether it only reads. */
      readonly reads?: boolean;
    }
  | {
      readonly kind: "ok";
      readonly atMs: number;
      readonly id: string;
      readonly version: number;
      readonly generation: number;
      readonly node: string;
    }
  /** `refused`: it was certainly not done. `unknown`: it may have been done. */
  | {
      readonly kind: "refused" | "unknown";
      readonly atMs: number;
      readonly id: string;
      readonly code: string;
    }
  /** What was done to a runner, or to something else if there is no `node`. */
  | {
      readonly kind: "fault";
      readonly atMs: number;
      readonly what: string;
      readonly node?: string;
    }
  /** From here on there are no faults. Each of the `nodes` must answer then. */
  | { readonly kind: "healed"; readonly atMs: number; readonly nodes?: readonly string[] }
  /** A placement as it was seen; one that was overwritten at once may be missing. */
  | {
      readonly kind: "placement";
      readonly atMs: number;
      readonly address: string;
      readonly generation: number;
      readonly eventIndex: number;
      readonly commandIndex: number;
      readonly status: string;
      /** Name of the runner; empty if it is nowhere. */
      readonly runner: string;
      readonly reason: string;
    }
  /** What an actor has stored at the end, in the order of its versions. */
  | { readonly kind: "content"; readonly address: string; readonly written: readonly Written[] };

/** A history in a file of JSON lines that only grows. */
export class FaultFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  append(record: FaultRecord): void {
    appendFileSync(this.#path, `${JSON.stringify(record)}\n`);
  }

  /** @throws `SyntaxError` if a line is not whole */
  read(): readonly FaultRecord[] {
    const lines = readFileSync(this.#path, "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as FaultRecord);
  }
}
