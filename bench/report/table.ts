import type { SubjectEntry } from "../catalogue.ts";
import { median } from "../harness/measure.ts";
import type { Pair, Samples } from "../harness/samples.ts";
import type { Work } from "../works/work.ts";
import { duration, rate, ratio } from "./units.ts";

/** Cells in rows, before they are laid out for a console or for Markdown. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NOT_MEASURED = "–";

/** Three rows a subject: rate, CPU time, ratio to the reference on CPU time (and on wall time). */
export function table(
  title: string,
  subjects: readonly SubjectEntry[],
  works: readonly Work[],
  samples: Samples,
): Table {
  const cells = (subject: SubjectEntry, cell: (pair: Pair) => string): readonly string[] =>
    works.map((work) => {
      const pair = { subject: subject.id, work: work.id };
      return samples.of(pair).length === 0 ? NOT_MEASURED : cell(pair);
    });
  return {
    title,
    head: ["subject", "measure", ...works.map((work) => work.id), "bytes/actor"],
    rows: subjects.flatMap((subject) => [
      [subject.label, "rate", ...cells(subject, rateOf(samples)), bytesOf(samples, subject)],
      ["", "CPU time", ...cells(subject, cpuOf(samples)), ""],
      ["", "ratio CPU (wall)", ...cells(subject, ratiosOf(samples)), ""],
    ]),
  };
}

const rateOf = (samples: Samples) => (pair: Pair) =>
  rate(1e9 / (samples.median(pair, ({ wallNs }) => wallNs) ?? Number.NaN));

const cpuOf = (samples: Samples) => (pair: Pair) =>
  duration(samples.median(pair, ({ cpuNs }) => cpuNs) ?? Number.NaN);

const ratiosOf = (samples: Samples) => (pair: Pair) => {
  const cpu = median(samples.ratios(pair, ({ cpuNs }) => cpuNs));
  const wall = median(samples.ratios(pair, ({ wallNs }) => wallNs));
  return `${ratio(cpu)} (${ratio(wall)})`;
};

function bytesOf(samples: Samples, subject: SubjectEntry): string {
  const pair = { subject: subject.id, work: "spawn" } as const;
  const bytes = samples.median(pair, ({ bytesPerActor }) => bytesPerActor);
  return bytes === undefined ? NOT_MEASURED : bytes.toFixed(0);
}

export function asMarkdown({ head, rows }: Table): string {
  const align = head.map((_, column) => (column < 2 ? "---" : "---:"));
  return [head, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function asText({ title, head, rows }: Table): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < 2 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  return [title, line(head), ...rows.map(line)].join("\n");
}
