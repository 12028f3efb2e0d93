import type { JSX } from "preact/jsx-runtime";
import type { PanelJson } from "../model/dashboard-json.ts";
import { type Line, lastOf, maxOf } from "../model/series.ts";
import { formatValue } from "../model/unit-format.ts";
import { Link } from "./link.tsx";
import { lineColor } from "./palette.ts";
import { linkFor, type PanelProps, type View } from "./view.ts";

/** Columns by Grafana's name for what they reduce a line to. */
const COLUMNS: Readonly<Record<string, { title: string; read: (line: Line) => number | null }>> = {
  lastNotNull: { title: "Last", read: lastOf },
  max: { title: "Max", read: maxOf },
};

/** Which colour is which line, and its numbers; a line's name is a link if the panel has one. */
export function Legend({
  panel,
  view,
  lines,
}: PanelProps & { lines: readonly Line[] }): JSX.Element {
  const { unit = "short" } = panel.fieldConfig?.defaults ?? {};
  const columns = (panel.options?.legend?.calcs ?? []).flatMap((calc) => COLUMNS[calc] ?? []);
  return (
    <div class="legend">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            {columns.map(({ title }) => (
              <th key={title}>{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={`${line.refId} ${line.name}`}>
              <td title={line.name}>
                <i style={{ background: lineColor(index) }} />
                <Link href={hrefOf(panel, view, line)}>{line.name}</Link>
              </td>
              {columns.map(({ title, read }) => {
                const value = read(line);
                return <td key={title}>{value === null ? "–" : formatValue(value, unit)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function hrefOf({ fieldConfig }: PanelJson, view: View, { labels }: Line): string | undefined {
  const url = fieldConfig?.defaults?.links?.[0]?.url;
  if (url === undefined) return undefined;
  const extra = Object.entries(labels).map(([label, value]) => [`__field.labels.${label}`, value]);
  return linkFor(view, url, Object.fromEntries(extra));
}
