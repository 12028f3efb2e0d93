import type { Clock } from "../../base/clock.ts";
import { errorType } from "../../base/errors.ts";
import type { NodeLog } from "./node-log.ts";

/** Warnings that come again and again while the engine is away or refuses writes: for each attempt, and each actor. */
const REPEATED: ReadonlySet<string> = new Set([
  "cluster.coordinator.failed",
  "cluster.engine.fault",
  "cluster.engine.unreachable",
  "cluster.runner.failed",
  "cluster.runner.heartbeat_failed",
]);
const AGAIN_MS = 60_000;
/** Kinds of warnings that are told apart. Texts are constant but for the names of streams and consumers. */
const MAX_KINDS = 500;

/** One kind of warning: an event, a text and the type of an error. */
interface Kind {
  shownAtMs: number;
  /** How often it has come since it was shown. */
  repeated: number;
}

/**
 * Returns a log in which each kind of failure is a warning once a minute, with `repeated` if it has come more often since
 * the last one. The others are debug lines.
 */
export function withoutRepeats(log: NodeLog, clock: Clock): NodeLog {
  const kinds = new Map<string, Kind>();
  return (level, fields, text) => {
    if (level !== "warn" || !REPEATED.has(fields.event)) {
      log(level, fields, text);
      return;
    }
    const nowMs = clock.monotonicMs();
    const name = `${fields.event} ${text} ${errorType(fields["err"])}`;
    const kind = kinds.get(name);
    if (kind !== undefined && nowMs - kind.shownAtMs < AGAIN_MS) {
      kind.repeated += 1;
      log("debug", fields, text);
      return;
    }
    kinds.delete(name); // the oldest one comes first
    kinds.set(name, { shownAtMs: nowMs, repeated: 0 });
    const [oldest] = kinds.keys();
    if (kinds.size > MAX_KINDS && oldest !== undefined) kinds.delete(oldest);
    const repeated = kind?.repeated ?? 0;
    log("warn", repeated === 0 ? fields : { ...fields, repeated }, text);
  };
}
