import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { type DataSourceRef, LogsSortOrder } from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as LogsBuilder } from "@grafana/grafana-foundation-sdk/logs";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { type About, type Cell, refId, toCell } from "./panels.ts";
import { DatasourceVariable, PluginId, placeholder, SAME_SERVICE } from "./variables.ts";

const JAEGER: DataSourceRef = {
  type: PluginId.Jaeger,
  uid: placeholder(DatasourceVariable.Jaeger),
};
const VICTORIA_LOGS: DataSourceRef = {
  type: PluginId.VictoriaLogs,
  uid: placeholder(DatasourceVariable.VictoriaLogs),
};

/** Maximum number of traces in a table. Jaeger returns all their spans. */
const MAX_TRACES = 50;
const MAX_LINES = 500;

/** A link that opens the dashboard of requests with the trace's id in its variable. */
const OPEN_TRACE = [
  {
    title: `Trace and logs of ${placeholder("__value.raw")}`,
    url: `/d/limelight-requests?var-trace=${placeholder("__value.raw")}&${SAME_SERVICE}`,
  },
];

/**
 * Search condition for traces: a tag or the name of one of their spans, but not both. Jaeger on badger joins
 * conditions by trace, so that two different spans could match one condition each.
 */
export type TraceCondition =
  | { readonly tag: string; readonly value: string }
  | { readonly operation: string };

/** A query for a data source without a builder in the SDK. */
function query(fields: Readonly<Record<string, unknown>>): Builder<Dataquery> {
  const target = { refId: refId(0), ...fields, _implementsDataqueryVariant: () => undefined };
  return { build: () => target };
}

/** Table of the newest traces of the selected service that match `find`. Each id links to the trace and its log lines. */
export function traceTable(about: About & { readonly find: TraceCondition }): Cell {
  const { find } = about;
  const condition = "tag" in find ? { tags: `${find.tag}=${find.value}` } : find;
  const panel = new TableBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(JAEGER)
    .overrideByRegexp("/^trace ?ID$/i", [{ id: "links", value: OPEN_TRACE }])
    .withTarget(
      query({
        datasource: JAEGER,
        queryType: "search",
        service: "$service",
        ...condition,
        limit: MAX_TRACES,
      }),
    )
    .build();
  return toCell(about, panel);
}

/** The spans of one trace, as a waterfall. */
export function trace(about: About & { readonly traceId: string }): Cell {
  const panel = new PanelBuilder()
    .type("traces")
    .title(about.title)
    .description(about.description)
    .datasource(JAEGER)
    .withTarget(query({ datasource: JAEGER, query: about.traceId }))
    .build();
  return toCell(about, panel);
}

/** Log lines that match a LogsQL query, newest first unless `oldestFirst`. Each links to its trace. */
export function logs(
  about: About & { readonly expr: string; readonly oldestFirst?: boolean },
): Cell {
  const panel = new LogsBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(VICTORIA_LOGS)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(about.oldestFirst ? LogsSortOrder.Ascending : LogsSortOrder.Descending)
    .withTarget(
      query({
        datasource: VICTORIA_LOGS,
        queryType: "instant",
        expr: about.expr,
        maxLines: MAX_LINES,
      }),
    )
    .build();
  return toCell(about, panel);
}
