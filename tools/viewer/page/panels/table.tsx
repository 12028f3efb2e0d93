import type { JSX } from "preact/jsx-runtime";
import { interpolateQuery } from "../../model/interpolate.ts";
import { formatValue } from "../../model/unit-format.ts";
import { queryInstant } from "../backends.ts";
import type { PanelKind } from "../panel-frame.tsx";
import { type PanelProps, scopeOf } from "../view.ts";

/** A series as it is at the end of the time range. */
interface Entry {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Series as rows, labels as columns. */
export const table: PanelKind<readonly Entry[]> = {
  load: async ({ panel, view }, signal) => {
    const scope = scopeOf(view);
    const answers = await Promise.all(
      (panel.targets ?? []).map(({ expr = "" }) =>
        queryInstant(interpolateQuery(expr, scope), view.range, signal),
      ),
    );
    return sorted(answers.flat(), panel);
  },
  isEmpty: (entries) => entries.length === 0,
  Body: Table,
};

/** As the panel's `sortBy` has it, which can only be by value here. */
function sorted(entries: readonly Entry[], { transformations = [] }: PanelProps["panel"]): Entry[] {
  const [sort] = transformations.find(({ id }) => id === "sortBy")?.options?.sort ?? [];
  if (sort?.field !== "Value") return [...entries];
  return entries.toSorted((a, b) => (sort.desc ? b.value - a.value : a.value - b.value));
}

function Table({ panel, data }: PanelProps & { data: readonly Entry[] }): JSX.Element {
  const labels = [...new Set(data.flatMap((entry) => Object.keys(entry.labels)))];
  const unit = panel.fieldConfig?.defaults?.unit ?? "short";
  return (
    <div class="rows">
      <table>
        <thead>
          <tr>
            {labels.map((label) => (
              <th key={label}>{label}</th>
            ))}
            <th class="value">Value</th>
          </tr>
        </thead>
        <tbody>
          {data.map((entry) => (
            <tr key={JSON.stringify(entry.labels)}>
              {labels.map((label) => (
                <td key={label} title={entry.labels[label]}>
                  {entry.labels[label]}
                </td>
              ))}
              <td class="value">{formatValue(entry.value, unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
