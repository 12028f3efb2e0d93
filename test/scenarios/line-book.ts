import type { Logger } from "pino";
import { createLogger } from "../../src/telemetry.ts";

/** The log lines of a scenario, each of which must be one JSON object. */
export class LineBook {
  readonly logger: Logger;
  /** Ids of the actors whose end was logged. */
  readonly stopped: Set<string> = new Set();
  /** Ends of actors by a kill. */
  kills = 0;
  /** Whether any actor has exceeded its stop deadline. Not all are logged. */
  hasOverdue = false;
  /** Whether the end of each actor is logged. */
  readonly tellsEnds: boolean;
  onLine: () => void = () => {};
  onStopped: (actorId: string) => void = () => {};
  readonly #report: (problem: string) => void;

  constructor(level: string, report: (problem: string) => void) {
    this.#report = report;
    this.tellsEnds = level !== "silent";
    this.logger = createLogger({ level, destination: { write: (line) => this.#read(line) } });
  }

  #read(line: string): void {
    const fields = this.#parse(line);
    if (fields === undefined) return;
    if (typeof fields["level"] !== "number" || typeof fields["time"] !== "number") {
      this.#report(`a log line has no level or time: ${line.slice(0, 200)}`);
    }
    if (fields["event"] === "actor.runtime.fault") this.#report(`a runtime fault: ${line}`);
    if (fields["event"] === "actor.stop.overdue") this.hasOverdue = true;
    if (fields["event"] === "actor.stopped") this.#stop(fields);
    this.onLine();
  }

  #parse(line: string): Readonly<Record<string, unknown>> | undefined {
    try {
      const fields: unknown = JSON.parse(line);
      if (typeof fields === "object" && fields !== null && line.endsWith("}\n")) {
        return fields as Readonly<Record<string, unknown>>;
      }
    } catch {
      // reported below
    }
    this.#report(`a log line is no JSON object: ${line.slice(0, 500)}`);
    return undefined;
  }

  #stop(fields: Readonly<Record<string, unknown>>): void {
    const id = String(fields["actor_id"]);
    if (this.stopped.has(id)) this.#report(`the end of ${id} was logged twice`);
    this.stopped.add(id);
    if (fields["reason"] === "killed") this.kills += 1;
    this.onStopped(id);
  }
}
