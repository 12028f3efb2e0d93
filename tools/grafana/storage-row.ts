import { line, type Row } from "./board.ts";
import { lines, Unit } from "./panels.ts";
import { Label, of, quantile, rate, sum } from "./promql.ts";

const BY_OPERATION = `{{${Label.StoragePhase}}} {{${Label.StorageOperation}}}`;
const OPERATION = [Label.StoragePhase, Label.StorageOperation];

/** What the actors of a type read and write. */
export const storageRow: Row = {
  title: "What does it wait for in its store?",
  lines: [
    line(
      lines({
        title: "Round trips to the store",
        description:
          "Calls that its actors waited for, by whether they were starting. A start needs two.",
        width: 6,
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("StorageRoundTrips")), Label.StoragePhase),
            legend: `{{${Label.StoragePhase}}}`,
          },
        ],
      }),
      lines({
        title: "Keys and prefixes read and written",
        description: "What these calls contained: one call may read or write several.",
        width: 6,
        unit: Unit.PerSecond,
        queries: [{ expr: sum(rate(of("StorageOperations")), ...OPERATION), legend: BY_OPERATION }],
      }),
      lines({
        title: "Time of a call to the store, p95",
        description: "95 % of the calls took at most this long. Writes wait for the disk.",
        width: 6,
        unit: Unit.Seconds,
        queries: [{ expr: quantile(0.95, "StorageDuration", ...OPERATION), legend: BY_OPERATION }],
      }),
      lines({
        title: "Reads of starting actors",
        description:
          "Whether the answer had been read ahead. Each one that is not_preloaded is a round trip more.",
        width: 6,
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("PreloadLookups")), Label.PreloadResult),
            legend: `{{${Label.PreloadResult}}}`,
          },
        ],
      }),
    ),
  ],
};
