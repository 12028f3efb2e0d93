import { line, type Row } from "./board.ts";
import { lines, Unit } from "./panels.ts";
import { countOf, Label, of, quantile, rate, sum, WITH_ERROR } from "./promql.ts";

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
        width: 8,
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
        width: 8,
        unit: Unit.PerSecond,
        queries: [{ expr: sum(rate(of("StorageOperations")), ...OPERATION), legend: BY_OPERATION }],
      }),
      lines({
        title: "Time of a call to the store, p95",
        description: "95 % of the calls took at most this long. Writes wait for the disk.",
        width: 8,
        unit: Unit.Seconds,
        queries: [{ expr: quantile(0.95, "StorageDuration", ...OPERATION), legend: BY_OPERATION }],
      }),
    ),
    line(
      lines({
        title: "Failed calls to the store",
        description: "By error. ERR_STORE_CONFLICT: another activation of the key has written.",
        width: 12,
        unit: Unit.PerSecond,
        quiet: true,
        queries: [
          {
            expr: sum(rate(countOf("StorageDuration", WITH_ERROR)), Label.Type, Label.Error),
            legend: `{{${Label.Type}}} {{${Label.Error}}}`,
          },
        ],
      }),
      lines({
        title: "Reads of starting actors",
        description:
          "Whether the answer had been read ahead. Each one that is not_preloaded is a round trip more.",
        width: 12,
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
