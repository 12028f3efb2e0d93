import { REFERENCE, type SubjectEntry } from "../catalogue.ts";
import { median } from "../harness/measure.ts";
import type { Samples } from "../harness/samples.ts";
import type { Work } from "../works/work.ts";
import { duration } from "./units.ts";

/** How the numbers came about, and what they do not say. True of every run. */
export const method: readonly string[] = [
  "Each subject does each work in a process of its own (`--expose-gc`, `NODE_ENV=production`), round by round; every second round runs in reverse order. A process warms up, then repeats from a clean heap; its result is the median of its repetitions.",
  "CPU time is `process.cpuUsage()` of all threads of the process, garbage collection and compilation included. Ratio = time of the plain mailbox / time of the subject, measured beside it in the same group of the same round; the table has the median of these pairs. Above 1 is faster than the plain mailbox.",
  "The plain mailbox has one object and one queue an actor and drains in a microtask. It has no addresses, limits, supervision, fairness or telemetry: it is a yardstick, not an alternative.",
  "tell and fan-out send all messages of a repetition at once and await the last: a backlog, in which a runtime that makes an object for each message also pays for its promotion by the garbage collector. tell-bursts sends 1,000 at a time and stays in the caches; ping-pong starts anew every 100.",
  "Slow subjects do fewer operations than the work says (a repetition is cut to about 250 ms). All numbers are per operation.",
  "bytes/actor = heapUsed + external held by an idle actor after collection, the handle included.",
  "`tell-distinct`: the sender enters a ready-made AsyncResource for each message, the plain mailbox's sender too, though it carries no context. Only the receiver's part differs.",
  "Traced subjects: SDK spans with three attributes, a span processor that batches and throws away. An ask has two spans, the caller's and the handler's, with limelight and with the plain mailbox alike.",
  "Subjects on the sender's stack run the receiver inside the send: no queue, no isolation of the sender, no fairness. They are apart because a ratio to a mailbox says little about them.",
  "rivetkit is measured only when asked for (`--rivetkit`, 340 MB): each message to its actors crosses to a separate engine process over loopback and back, so only its order of magnitude can be compared, and the engine's CPU time is not in its numbers.",
];

/** What this run showed about itself: noise, proofs that modes are what they say, failures. */
export function findings(
  subjects: readonly SubjectEntry[],
  works: readonly Work[],
  samples: Samples,
): readonly string[] {
  return [
    `Noise: CPU time of the plain mailbox over all its processes, lowest / median / highest: ${referenceSpread(works, samples)}.`,
    ...evidence("Recorded spans an operation", subjects, works, (pair) =>
      samples.median(pair, ({ spansPerOp }) => spansPerOp)?.toFixed(3),
    ),
    ...evidence("Metric series with data", subjects, works, (pair) =>
      samples.median(pair, ({ metricSeries }) => metricSeries)?.toFixed(0),
    ),
    ...failures(subjects, works, samples),
  ];
}

function referenceSpread(works: readonly Work[], samples: Samples): string {
  return works
    .flatMap(({ id }) => {
      const taken = samples.of({ subject: REFERENCE, work: id });
      const cpu = taken.map(({ measurement }) => measurement.cpuNs);
      if (cpu.length === 0) return [];
      const numbers = [Math.min(...cpu), median(cpu), Math.max(...cpu)];
      return [`${id} ${numbers.map(duration).join(" / ")}`];
    })
    .join(", ");
}

function evidence(
  what: string,
  subjects: readonly SubjectEntry[],
  works: readonly Work[],
  read: (pair: { subject: string; work: Work["id"] }) => string | undefined,
): readonly string[] {
  const lines = subjects.flatMap(({ id, label }) => {
    const parts = works.flatMap((work) => {
      const value = read({ subject: id, work: work.id });
      return value === undefined ? [] : [`${work.id} ${value}`];
    });
    return parts.length === 0 ? [] : [`${label} (${parts.join(", ")})`];
  });
  return lines.length === 0 ? [] : [`${what}: ${lines.join("; ")}.`];
}

/** One line for all works of a subject that failed for the same reason. */
function failures(
  subjects: readonly SubjectEntry[],
  works: readonly Work[],
  samples: Samples,
): readonly string[] {
  return subjects.flatMap(({ id, label }) => {
    const worksByReason = new Map<string, string[]>();
    for (const work of works) {
      const reason = samples.failure({ subject: id, work: work.id });
      if (reason === undefined) continue;
      const short = shortReason(reason);
      worksByReason.set(short, [...(worksByReason.get(short) ?? []), work.id]);
    }
    return [...worksByReason].map(
      ([reason, failed]) => `Failed: ${label} (${failed.join(", ")}): ${reason}`,
    );
  });
}

/** The line of a process's output that names the error, or what is known without it. */
function shortReason(reason: string): string {
  const [first = "", ...output] = reason.split("\n");
  const named = output.find((line) => /^\S*Error\b/.test(line));
  return named === undefined ? first : `${first}, ${named}`;
}
