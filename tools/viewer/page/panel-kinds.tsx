import type { JSX } from "preact/jsx-runtime";
import { panelOf } from "./panel-frame.tsx";
import { heatmap } from "./panels/heatmap.tsx";
import { logs } from "./panels/logs.tsx";
import { stat } from "./panels/stat.tsx";
import { table } from "./panels/table.tsx";
import { timeseries } from "./panels/timeseries.tsx";
import { trace } from "./panels/trace.tsx";
import { traceTable } from "./panels/trace-table.tsx";
import type { PanelProps } from "./view.ts";

/** Panels that can be drawn, by the type that Grafana gives them. */
const KINDS: Readonly<Record<string, (props: PanelProps) => JSX.Element>> = {
  stat: panelOf(stat),
  timeseries: panelOf(timeseries),
  heatmap: panelOf(heatmap),
  table: panelOf(table),
  logs: panelOf(logs),
  traces: panelOf(trace),
};
const TraceTable = panelOf(traceTable);

/** One that says that it cannot be drawn: what a dashboard has must not just be missing. */
const Unknown = panelOf<string>({
  load: ({ panel }) => Promise.resolve(panel.type),
  isEmpty: () => false,
  Body: ({ data }) => <p class="message">The viewer does not draw panels of type {data}.</p>,
});

/** Any panel of a dashboard. */
export function Panel(props: PanelProps): JSX.Element {
  const { type, datasource } = props.panel;
  const searches = type === "table" && datasource?.type === "jaeger";
  const Kind = searches ? TraceTable : (KINDS[type] ?? Unknown);
  return <Kind {...props} />;
}
